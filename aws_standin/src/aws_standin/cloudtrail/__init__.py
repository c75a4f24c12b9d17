"""CloudTrail: calls recorded, looked up, and delivered to trails that moto keeps."""
