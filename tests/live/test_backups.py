import pytest


@pytest.mark.criterion("BKP-1")
def test_on_demand_backup_can_be_taken(on_demand_backup):
    """
    An on-demand backup MUST become AVAILABLE, be listed, and be gone once removed.

    All tables are backed up together, under names of this run alone.
    """
    assert on_demand_backup == "AVAILABLE, listed, removed"


@pytest.mark.criterion("BKP-2")
def test_backup_vault_exists(vault, contract):
    """
    The declared backup vault MUST exist, in every region by itself.

    It is looked for in the list: a single one that is missing is answered as denied.
    """
    assert vault.name == contract.backups.vault


@pytest.mark.criterion("BKP-2")
def test_backup_vault_can_be_filled(vault, ordinary_vault):
    """
    The backup vault MUST be an ordinary one, and available.

    Rules fill no other type: an air-gapped vault or a restore access vault looks alike
    in the list.
    """
    assert vault.kind == ordinary_vault


@pytest.mark.criterion("BKP-2")
def test_lock_of_the_vault_admits_the_retention(vault):
    """
    The vault's lock MUST admit the declared retention of recovery points and copies.

    AWS Backup fails each job whose retention is shorter than the lock's minimum, or
    longer than its maximum.
    """
    assert vault.lock_refusals == {}


@pytest.mark.criterion("BKP-2")
def test_policy_of_the_vault_denies_no_job(vault):
    """
    The vault's access policy MUST NOT deny AWS Backup's jobs, nor copies into it.

    A denial outweighs every right of the role. A vault without a policy denies nothing.
    """
    assert vault.denied_by_policy == frozenset()


@pytest.mark.criterion("BKP-3")
def test_backup_plan_exists_once(backups, contract):
    """
    Exactly one backup plan MUST have the declared name, in every region by itself.

    AWS does not keep names apart; of two plans nobody knows which one counts.
    """
    assert backups.plan_names == [contract.backups.plan]


@pytest.mark.criterion("BKP-3")
def test_backup_rule_is_hourly(backups, contract):
    """
    A rule of the plan MUST run at least hourly, into the declared vault.

    The longest pause of a year counts, in the rule's time zone: an expression may be
    hourly on weekdays alone.
    """
    assert backups.interval <= contract.backups.interval


@pytest.mark.criterion("BKP-3")
@pytest.mark.usefixtures("subject")
def test_declared_interval_is_what_the_plan_demands(contract):
    """
    The surroundings MUST declare backups as often as the promotion plan demands them.

    Surroundings that are weaker than the plan would pass what the plan forbids.
    """
    assert contract.backups.interval <= contract.demands.backup_interval


@pytest.mark.criterion("BKP-3")
def test_backup_rule_starts_within_the_declared_window(backups, contract):
    """
    The rule's start window MUST NOT be longer than declared.

    Without one it is eight hours, and an hourly backup may come eight hours late.
    """
    assert backups.start_window <= contract.backups.start_window


@pytest.mark.criterion("BKP-4")
def test_retention_of_the_rule_is_as_declared(backups, contract):
    """
    The rule MUST keep recovery points for the declared time.

    A rule without a lifecycle keeps them for ever.
    """
    assert backups.retention == contract.backups.retention


@pytest.mark.criterion("BKP-4")
def test_retention_of_recovery_points_is_as_declared(table_backups, contract):
    """
    Every recovery point of the rule MUST be kept for the declared time.

    A rule that was changed does not change what it made before.
    """
    assert table_backups.retentions == {contract.backups.retention}


@pytest.mark.criterion("BKP-4")
@pytest.mark.usefixtures("subject")
def test_declared_retention_is_what_the_plan_demands(contract):
    """
    The surroundings MUST declare the retention that the plan demands, or a longer one.

    Surroundings that are weaker than the plan would pass what the plan forbids.
    """
    assert contract.backups.retention.days >= contract.demands.retention_days


@pytest.mark.criterion("BKP-5")
def test_backup_selection_covers_the_table(table_backups, covered):
    """
    A selection of the plan MUST cover every table, as AWS Backup reads it.

    ARNs, wildcards, exclusions and tags are resolved; nothing is matched by name. Where
    no ARN names tables, the region must be opted in for DynamoDB.
    """
    assert table_backups.coverage == covered


@pytest.mark.criterion("BKP-5")
def test_backup_role_can_be_assumed(table_backups, declared_role):
    """
    AWS Backup MUST be able to assume the declared role of each covering selection.

    Its trust policy is read: a role that looks right but trusts somebody else makes
    every job fail.
    """
    assert table_backups.roles == {declared_role}


@pytest.mark.criterion("BKP-5")
def test_backup_role_has_the_rights_for_its_jobs(table_backups):
    """
    The role MUST be allowed what AWS Backup does with the table, its vault and copies.

    IAM's policy simulator is asked: a role of before advanced backup lacks
    dynamodb:StartAwsBackupJob, and every job fails.
    """
    assert table_backups.refused_to_roles == frozenset()


@pytest.mark.criterion("BKP-5")
def test_keys_admit_the_backup_role(table_backups):
    """
    Customer-managed keys of the table and of the vaults MUST admit the role.

    The policy of a key decides, or leaves it to the role's own. IAM's simulator does
    not read it, and AWS says that a job without the key backs up nothing.
    """
    assert table_backups.refused_by_keys == frozenset()


@pytest.mark.criterion("BKP-6")
def test_newest_recovery_point_is_recent(table_backups, contract, measurements):
    """
    The newest recovery point MUST be at most an hour, the start window and the job old.

    Its completion window is no measure: AWS's default is seven days.
    """
    measurements |= table_backups.timeline.numbers
    assert table_backups.timeline.age <= contract.backups.oldest


@pytest.mark.criterion("BKP-6")
def test_recovery_points_of_a_day_are_complete(table_backups):
    """
    Every run of the rule in the last 24 hours MUST have its recovery point.

    Each is sought in the start window of its run: a missed hour is two hours of lost
    data on the wrong day. Runs whose jobs may still be on their way are left out.
    """
    assert table_backups.missed_runs == []


@pytest.mark.criterion("BKP-6")
def test_recovery_points_are_near_one_another(table_backups, contract, measurements):
    """
    Two successive recovery points MUST NOT lie further apart than declared.

    That is the interval and the start window: one job may start at once, and the next
    at the end of its window.
    """
    measurements |= table_backups.timeline.numbers
    assert table_backups.timeline.largest_gap <= contract.backups.largest_gap


@pytest.mark.criterion("BKP-7")
def test_no_backup_job_went_wrong(table_backups):
    """
    No backup job of a table MUST have failed, expired or been aborted for 24 hours.

    Its recovery point may be missing when it is needed.
    """
    assert table_backups.bad_jobs == {}


@pytest.mark.criterion("BKP-7")
def test_no_copy_job_went_wrong(table_copies):
    """
    No copy job of a table MUST have failed for 24 hours.

    The region that lists it is that of the source.
    """
    assert table_copies.bad_jobs == {}


@pytest.mark.criterion("BKP-8")
def test_rule_copies_to_the_replica_region(backups, declared_copies):
    """
    The rule MUST copy to the declared vault of the replica region, for as long.

    The ARN says the region: a vault of the same name elsewhere is another one.
    """
    assert backups.copies >= declared_copies


@pytest.mark.criterion("BKP-8")
def test_newest_copy_is_recent(table_copies, contract, measurements):
    """
    The newest copy MUST be of a recovery point that is recent.

    Copies are joined to their sources by the jobs that made them.
    """
    measurements |= table_copies.timeline.numbers
    assert table_copies.timeline.age <= contract.backups.oldest_copy


@pytest.mark.criterion("BKP-8")
def test_retention_of_copies_is_as_declared(table_copies):
    """
    Every copy MUST be kept for the declared time.

    A copy has a lifecycle of its own.
    """
    assert table_copies.retentions == table_copies.declared_retentions


@pytest.mark.criterion("ENC-5")
def test_key_of_the_vault_is_usable(vault):
    """
    The vault's key MUST be of the declared class, enabled, in the vault's region.

    Every vault has some key; only DescribeKey tells whose it is.
    """
    assert vault.key == vault.usable_key


@pytest.mark.criterion("ENC-5")
def test_key_of_the_vault_is_the_declared_one(vault):
    """
    The vault's key MUST be the one behind the declared alias.

    Another key of the same class may be in other hands.
    """
    assert vault.key_arn == vault.declared_key_arn


@pytest.mark.criterion("ENC-5")
def test_advanced_backup_is_on(backups):
    """
    Advanced DynamoDB backup MUST be on, in every region by itself.

    Without it the vault's key encrypts no backup of a table, and none can be copied.
    """
    assert backups.advanced == "ON"


@pytest.mark.criterion("ENC-5")
def test_recovery_points_are_encrypted_with_the_vaults_key(table_backups, vault):
    """
    Every recovery point MUST be encrypted with the key of its vault.

    What was made without advanced backup keeps the key of the table.
    """
    assert table_backups.keys == {vault.key_arn}


@pytest.mark.criterion("ENC-5")
def test_copies_are_encrypted_with_their_vaults_key(table_copies):
    """
    Every copy MUST be encrypted with the key of the vault that it is in.

    A key does not leave its region; the copy's is another than its source's.
    """
    assert table_copies.keys == table_copies.vault_keys
