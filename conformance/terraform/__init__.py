"""A Terraform plan: what would stand after it is applied, and what would be lost."""
