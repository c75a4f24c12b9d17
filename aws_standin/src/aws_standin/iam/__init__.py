"""IAM and Access Analyzer: policies, their evaluation, simulation and enforcement."""
