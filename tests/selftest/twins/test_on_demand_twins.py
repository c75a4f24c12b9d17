"""On-demand backups that do not come, were left behind, or are not allowed."""

from tests.selftest.twins.backup_env import THERE, environment, findings, of

__all__ = ["environment"]


def test_a_backup_that_does_not_become_available_fails(environment, aws):
    """A status that stays fails for its table alone; the backup is left to a sweep."""
    twin = environment([THERE])
    twin.write(
        allows=["read", "data", "backup"], more="[targets]\non_demand_backup_s = 0.5"
    )
    slow = {"of_table": {twin.table("users"): {"backup_creating": 60.0}}}
    aws.control("settings", {"dynamodb": slow})
    result = twin.judge("BKP-1")
    aws.control("settings", {"dynamodb": {"of_table": {}}})
    assert findings(result, "FAIL") == {"BKP-1 users"}
    assert findings(result, "ERROR") == set()
    assert "CREATING, listed, not removed" in result.output


def test_a_run_sweeps_what_an_earlier_one_left(environment, aws):
    """Backups of our name go once they are old; others, and new ones, stay."""
    twin = environment([THERE])
    dynamodb = twin.client("dynamodb")
    aws.control("clock", {"shift": -3600})
    for name in ("conformance-suite-left", "somebody-elses"):
        dynamodb.create_backup(TableName=twin.table("users"), BackupName=name)
    aws.control("clock", {"reset": True})
    dynamodb.create_backup(
        TableName=twin.table("users"), BackupName="conformance-suite-new"
    )
    result = twin.judge("BKP-2")
    names = {
        backup["BackupName"] for backup in dynamodb.list_backups()["BackupSummaries"]
    }
    assert names == {"somebody-elses", "conformance-suite-new"}
    assert f"1 backups of ours were found for {twin.table('users')}" in result.output


def test_backups_are_not_taken_where_they_are_not_allowed(environment):
    """Without its class the criterion is not assessed, and the reason says how."""
    twin = environment([THERE])
    twin.write(allows=["read"])
    result = twin.judge("BKP-1")
    assert findings(result, "NOT_ASSESSED") == of("BKP-1")
    (reason,) = result.reasons("BKP-1", "NOT_ASSESSED")
    assert 'adds "backup" to allows' in reason
