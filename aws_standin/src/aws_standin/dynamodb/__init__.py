"""What the stand-in adds to moto's DynamoDB."""
