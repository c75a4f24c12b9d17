# How the declared tables are backed up.

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
}

resource "aws_kms_key" "backup" {
  description         = "Backups of the tables"
  enable_key_rotation = true
}

resource "aws_backup_vault" "vault" {
  name        = "bbws-dynamodb-backup-vault-${var.account}"
  kms_key_arn = aws_kms_key.backup.arn
}

resource "aws_backup_plan" "hourly" {
  name = "bbws-dynamodb-backup-plan-${var.account}"

  rule {
    rule_name         = "hourly"
    target_vault_name = aws_backup_vault.vault.name
    schedule          = "cron(0 * * * ? *)"
    start_window      = 60

    lifecycle {
      delete_after = 7
    }
  }
}

resource "aws_backup_selection" "tables" {
  name         = "tables"
  plan_id      = aws_backup_plan.hourly.id
  iam_role_arn = "arn:aws:iam::${local.account}:role/bbws-dynamodb-backup-role-${var.account}"

  selection_tag {
    type  = "STRINGEQUALS"
    key   = "Project"
    value = "bbws"
  }
}
