import pytest


@pytest.mark.criterion("TFP-1")
def test_table_is_planned(planned):
    """
    Every declared table MUST stand, once, after the plan is applied.

    Tables that Terraform has already made and leaves alone count as well.
    """
    assert planned.status == "PLANNED"


@pytest.mark.criterion("TFP-1")
def test_key_of_the_table_is_planned_as_declared(declared, planned):
    """
    Partition key, sort key and their types MUST be planned as the contract has them.

    No table can change its key: the wrong one is found only when it holds data.
    """
    assert planned.key == declared.key


@pytest.mark.criterion("TFP-1")
def test_no_undeclared_table_is_planned(terraform_plan):
    """
    No table MUST be planned that is not declared.

    A table under another name, or in another region, is nobody's; so is a replica in a
    region that the environment does not have.
    """
    assert terraform_plan.undeclared == frozenset()


@pytest.mark.criterion("TFP-2")
def test_index_is_planned(planned_index):
    """
    Every declared index MUST be there after the plan is applied.

    The indexes that the contract names count; the plan may state another number.
    """
    assert planned_index.status == "PLANNED"


@pytest.mark.criterion("TFP-2")
def test_key_of_the_index_is_planned_as_declared(declared_index, planned_index):
    """
    Partition key, sort key and types of every index MUST be planned as declared.

    A query on another key returns nothing, without an error.
    """
    assert planned_index.key == declared_index.key


@pytest.mark.criterion("TFP-2")
def test_projection_of_the_index_is_planned_as_declared(declared_index, planned_index):
    """
    Projection type and projected attributes MUST be planned as declared.

    To change them later is to make the index anew.
    """
    assert planned_index.projection == declared_index.projection


@pytest.mark.criterion("TFP-2")
def test_no_undeclared_index_is_planned(terraform_plan, declared):
    """
    No index MUST be planned that is not declared.

    Every index is paid for with every write, and can throttle the table.
    """
    assert terraform_plan.undeclared_indexes(declared.name) == frozenset()


@pytest.mark.criterion("TFP-3")
def test_nothing_of_the_table_is_lost(terraform_plan, declared):
    """
    No declared table, replica or index of it MUST be destroyed, replaced or forgotten.

    Every spelling counts: delete, delete/create, create/delete, forget, a replica's
    block that is gone, an index that changes. A renamed table is a replaced one. An
    update counts where the provider deletes and creates: a replica with another key or
    consistency mode, an index with another key or projection.
    """
    assert terraform_plan.losses_of(declared.name) == {}


@pytest.mark.criterion("TFP-3")
def test_nothing_else_that_holds_data_is_lost(terraform_plan):
    """
    No vault, KMS key or other table MUST be destroyed, replaced or forgotten.

    Recovery points go with their vault, and whatever a key encrypts with the key; a key
    that is disabled makes it unreadable, too.
    """
    assert terraform_plan.other_losses == {}


@pytest.mark.criterion("TFP-4")
def test_capacity_mode_is_planned_as_declared(declared, planned):
    """
    The billing mode MUST be planned as declared: on-demand.

    Where the configuration is silent Terraform means PROVISIONED.
    """
    assert planned.capacity_mode == declared.capacity_mode


@pytest.mark.criterion("TFP-4")
def test_declared_capacity_mode_is_what_the_plan_demands(declared, contract):
    """
    The contract MUST declare the capacity mode that the promotion plan demands.

    A contract that is weaker than the promotion plan would pass what that forbids.
    """
    assert declared.capacity_mode in contract.demands.capacity_mode


@pytest.mark.criterion("TFP-4")
def test_maxima_of_throughput_are_planned_as_declared(declared, planned):
    """
    The maxima of on-demand throughput MUST be planned as declared, which may be none.

    DynamoDB throttles what exceeds `on_demand_throughput`, and an index that is
    throttled throttles the writes of its table; -1 means no maximum.
    """
    assert planned.maxima == declared.maxima


@pytest.mark.criterion("TFP-4")
def test_declared_maxima_let_the_declared_load_pass(declared, contract):
    """
    A declared maximum MUST NOT be less than the declared load needs at least.

    Each write takes one unit for each begun KB of an item, in every index, too.
    """
    assert contract.load.throttled(declared) == {}


@pytest.mark.criterion("TFP-4")
def test_table_class_is_planned_as_declared(declared, planned):
    """
    The table class MUST be planned as declared.

    Another class has other prices for requests and storage.
    """
    assert planned.table_class == declared.table_class


@pytest.mark.criterion("TFP-5")
def test_point_in_time_recovery_is_planned_as_declared(declared, planned):
    """
    Point-in-time recovery MUST be planned as declared.

    A table without the block has none: the provider sends nothing, and AWS means off.
    """
    assert planned.recovery_status == declared.recovery_status


@pytest.mark.criterion("TFP-5")
def test_declared_recovery_is_what_the_plan_demands(declared, contract):
    """
    The contract MUST declare the recovery that the promotion plan demands: enabled.

    A contract that was captured from a table without recovery wants none.
    """
    assert declared.recovery_status in contract.demands.recovery_status


@pytest.mark.criterion("TFP-5")
def test_recovery_period_is_planned_as_declared(declared, planned):
    """
    The recovery period MUST be planned as declared.

    Where the configuration is silent AWS keeps 35 days.
    """
    assert planned.recovery_days == declared.recovery_days


@pytest.mark.criterion("TFP-5")
def test_recovery_of_replicas_is_planned_as_declared(declared, planned):
    """
    Point-in-time recovery of every planned replica MUST be as declared for the table.

    Each replica has a switch of its own, and without it the copy cannot be restored.
    """
    wanted = dict.fromkeys(planned.replicas, declared.recovery_status)
    assert planned.recovery_of_replicas == wanted


@pytest.mark.criterion("TFP-5")
def test_key_class_is_planned_as_declared(declared, planned):
    """
    The encryption key MUST be planned to be of the declared class.

    A key that the plan itself makes has no ARN yet: then the configuration shows
    whose it is.
    """
    assert planned.key_class == declared.key_class


@pytest.mark.criterion("TFP-5")
def test_declared_key_class_is_what_the_plan_demands(declared, contract):
    """
    The contract MUST declare a class of key that the promotion plan demands: of KMS.

    A contract that is weaker than the promotion plan would pass what that forbids.
    """
    assert declared.key_class in contract.demands.key_class


@pytest.mark.criterion("TFP-5")
def test_key_class_of_replicas_is_planned_as_declared(declared, planned):
    """
    The key of every planned replica MUST be of the declared class, in its own region.

    A replica without a key of its own does not take the table's.
    """
    wanted = dict.fromkeys(planned.replicas, declared.key_class)
    assert planned.key_classes_of_replicas == wanted


@pytest.mark.criterion("TFP-5")
def test_consistency_of_replicas_is_planned_as_declared(declared, planned):
    """
    The consistency between regions MUST be planned as declared.

    With strong consistency AWS refuses transactions and TTL; to change it, the provider
    deletes every replica and creates it anew.
    """
    wanted = dict.fromkeys(planned.replicas, declared.consistency)
    assert planned.consistency_of_replicas == wanted


@pytest.mark.criterion("TFP-5")
def test_no_protection_of_the_table_is_weakened(terraform_plan, declared):
    """
    No plan MUST switch off or shorten what protects a table that stays.

    Recovery, encryption and deletion protection of table and replicas count; stream,
    TTL and declared tags count if they become what the contract does not say.
    """
    assert terraform_plan.weakened(declared.name) == {}


@pytest.mark.criterion("TFP-6")
def test_backup_vault_is_planned(terraform_plan, contract):
    """
    The declared backup vault MUST be there after the plan is applied.

    A plan that leaves it to somebody else does not show that it will be.
    """
    assert terraform_plan.backups.vault_name == contract.backups.vault


@pytest.mark.criterion("TFP-6")
def test_backup_plan_is_planned_once(terraform_plan, contract):
    """
    Exactly one backup plan MUST have the declared name.

    AWS does not keep names apart; of two plans nobody knows which one counts.
    """
    assert terraform_plan.backups.plan_names == [contract.backups.plan]


@pytest.mark.criterion("TFP-6")
def test_backup_rule_is_planned_hourly(terraform_plan, contract):
    """
    A rule MUST be planned to run at least hourly, into the declared vault.

    The longest pause of a year counts, in the rule's time zone.
    """
    assert terraform_plan.backups.interval <= contract.backups.interval


@pytest.mark.criterion("TFP-6")
def test_start_window_is_planned_as_declared(terraform_plan, contract):
    """
    The rule's start window MUST NOT be planned longer than declared.

    An hourly backup that may start eight hours late is none.
    """
    assert terraform_plan.backups.start_window <= contract.backups.start_window


@pytest.mark.criterion("TFP-6")
def test_retention_is_planned_as_declared(terraform_plan, contract):
    """
    The rule MUST be planned to keep recovery points for the declared time.

    A rule without a lifecycle keeps them for ever.
    """
    assert terraform_plan.backups.retention == contract.backups.retention


@pytest.mark.criterion("TFP-6")
def test_vault_takes_what_the_rules_make(terraform_plan):
    """
    The vault's lock and policy MUST take what every rule makes that fills it.

    AWS Backup fails each job whose retention is shorter or longer than the lock wants.
    """
    assert terraform_plan.backups.vault_refusal == ""


@pytest.mark.criterion("TFP-6")
def test_no_protection_of_the_vault_is_weakened(terraform_plan):
    """
    No plan MUST remove or loosen the lock of the vault, or what its policy denies.

    Both keep recovery points from being deleted before their time. The region's
    settings for DynamoDB count as well: without advanced backup a vault's key and
    copies do not apply.
    """
    assert terraform_plan.backups.weakened == {}


@pytest.mark.criterion("TFP-6")
def test_backup_selection_is_planned_to_cover_the_table(planned_coverage, covered):
    """
    A selection of the backup plan MUST cover every table after the plan is applied.

    ARNs of tables that the plan makes are known only after apply; patterns and tags
    are known before.
    """
    assert planned_coverage == covered


@pytest.mark.criterion("TFP-6")
def test_role_of_the_selection_can_do_its_jobs(planned_role_refusals):
    """
    The role of a covering selection MUST be the declared one, and able to do its jobs.

    Its trust and its policies count as far as the Terraform plan shows them: a role
    that may do nothing lets every job fail.
    """
    assert planned_role_refusals == {}
