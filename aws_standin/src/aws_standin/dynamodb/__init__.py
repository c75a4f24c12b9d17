"""DynamoDB: everything that the stand-in adds to moto's."""
