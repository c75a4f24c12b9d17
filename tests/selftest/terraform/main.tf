# The declared tables, as an infrastructure project would deploy them.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "schemas" { type = string }
variable "endpoint" { type = string }
variable "account" { type = string }
variable "region" { type = string }

provider "aws" {
  region                      = var.region
  access_key                  = var.account
  secret_key                  = "no-secret-on-loopback"
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = false
  skip_credentials_validation = false
  endpoints {
    backup   = var.endpoint
    dynamodb = var.endpoint
    iam      = var.endpoint
    kms      = var.endpoint
    sts      = var.endpoint
  }
}

locals {
  tables = jsondecode(file(var.schemas)).tables
  attributes = {
    for name, table in local.tables : name => merge([
      for key in concat(
        [table.partition_key],
        [for one in [try(table.sort_key, null)] : one if one != null],
        [for index in values(table.indexes) : index.partition_key],
        [for index in values(table.indexes) : index.sort_key if can(index.sort_key)],
      ) : { (key.name) = key.type }
    ]...)
  }
}

resource "aws_kms_key" "tables" {
  description         = "DynamoDB tables"
  enable_key_rotation = true
}

resource "aws_dynamodb_table" "table" {
  for_each = local.tables

  name                        = "${each.key}-${var.account}"
  billing_mode                = each.value.capacity_mode
  hash_key                    = each.value.partition_key.name
  range_key                   = try(each.value.sort_key.name, null)
  stream_enabled              = each.value.stream.default != "OFF"
  stream_view_type            = each.value.stream.default
  deletion_protection_enabled = false
  tags                        = each.value.tags

  dynamic "attribute" {
    for_each = local.attributes[each.key]
    content {
      name = attribute.key
      type = attribute.value
    }
  }

  dynamic "global_secondary_index" {
    for_each = each.value.indexes
    content {
      name               = global_secondary_index.key
      hash_key           = global_secondary_index.value.partition_key.name
      range_key          = try(global_secondary_index.value.sort_key.name, null)
      projection_type    = global_secondary_index.value.projection.type
      non_key_attributes = try(global_secondary_index.value.projection.attributes, null)
    }
  }

  dynamic "ttl" {
    for_each = each.value.ttl == "OFF" ? [] : [each.value.ttl]
    content {
      attribute_name = ttl.value
      enabled        = true
    }
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = each.value.point_in_time_recovery.days
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.tables.arn
  }
}
