"""Environments with items of others in them, whose tables are drilled."""

import json
import time

from tests.selftest.twin_env import Twin, contract

TABLE = "users"
ALLOWS = ["read", "data", "backup", "sandbox", "restore"]
SOON = {"backup_as_of_s": 0.5}
NAME = "conformance-suite-users-sit-pitr-20260113T093000Z-0a1b2c3d"
"""A table of a drill."""
DRILL = ("RST-1", "RST-2", "RST-3", "RST-4", "RST-5", "RST-7")
ELSEWHERE = """
[restore_into]
account = "{account}"
region = "eu-central-1"
vault = "copies"
kms_key_arn = "arn:aws:kms:eu-central-1:{account}:alias/restored"
access_key_id = "{account}"
"""


class Drilled(Twin):
    """An environment whose tables are drilled."""

    def drill(self, *criteria, table=TABLE):
        """Run the drills of these criteria."""
        return self.begin(*criteria, table=table).result()

    def begin(self, *criteria, table=TABLE):
        """Start a drill; of all tables where none is named."""
        files = [f"--env={self.file}", f"--schemas={self.contract}"]
        wanted = " or ".join(criteria or DRILL)
        wanted = f"{table} and ({wanted})" if table else wanted
        return self.suite.start(*files, "-m", "dr", "-k", wanted)

    def fill(self, count=6):
        """Put items of somebody else into every table."""
        client = self.client("dynamodb")
        for name, table in self.declared["tables"].items():
            key = table.get("sort_key", table["partition_key"])["name"]
            for number in range(count):
                own = {key: {"S": f"somebody-{number}"}, "n": {"N": str(number)}}
                client.put_item(
                    TableName=self.table(name), Item={**table["sample"], **own}
                )

    def spoil(self, spoilt):
        """Let restores of tables go wrong, by name; perhaps in one region alone."""
        own = self.standin.control("settings")["dynamodb"]["of_table"]
        for name, settings in spoilt.items():
            region, _, table = name.rpartition("/")
            own["/".join(filter(None, [region, self.table(table)]))] = settings
        self.standin.control("settings", {"dynamodb": {"of_table": own}})

    def switch_recovery(self, table, *, on):
        """Switch point-in-time recovery of a table on or off."""
        self.client("dynamodb").update_continuous_backups(
            TableName=self.table(table),
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on},
        )

    def touch(self, table):
        """Change every item of others, as a service does."""
        for item in self.scan(table):
            if "somebody" in json.dumps(item):
                stamp = {"S": str(time.time())}
                self.client("dynamodb").put_item(
                    TableName=self.table(table), Item={**item, "at": stamp}
                )

    def ours(self):
        """Every table, backup and recovery point that is not the environment's own."""
        found = []
        here = [(self.account, region) for region in self.regions]
        for account, region in dict.fromkeys([*here, self.elsewhere]):
            dynamodb = self.standin.client(account, "dynamodb", region)
            names = dynamodb.list_tables()["TableNames"]
            found += [name for name in names if not name.endswith(self.account)]
            backups = dynamodb.list_backups(BackupType="ALL")["BackupSummaries"]
            found += [made["BackupName"] for made in backups]
            backup = self.standin.client(account, "backup", region)
            for vault in backup.list_backup_vaults()["BackupVaultList"]:
                points = backup.list_recovery_points_by_backup_vault(
                    BackupVaultName=vault["BackupVaultName"]
                )["RecoveryPoints"]
                found += [
                    point["RecoveryPointArn"]
                    for point in points
                    if "CreatedBy" not in point
                ]
        return found

    @property
    def elsewhere(self):
        """Another account and region."""
        return f"8{self.account[1:]}", "eu-central-1"


def made(aws, suite, *tables):
    """An environment with items of others in it, which may be drilled."""
    twin = Drilled(aws, suite)
    twin.declared = contract(*tables)
    twin.write(allows=ALLOWS, more=into(twin))
    twin.deploy(twin.declared)
    twin.fill()
    return twin


def into(twin):
    """Sections of targets, and of where copies are restored."""
    return f"{targets(**SOON)}\n{ELSEWHERE.format(account=twin.elsewhere[0])}"


def mend(aws):
    """Let nothing go wrong any more."""
    aws.control("settings", {"dynamodb": {"of_table": {}}, "backup": {"outcomes": []}})
    aws.control("faults/clear", {})


def targets(**values):
    """A section of targets."""
    return "\n".join(["[targets]", *(f"{k} = {v}" for k, v in values.items())])
