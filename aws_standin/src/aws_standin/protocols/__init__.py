"""The protocols of AWS's APIs: requests read, answers and errors written."""
