"""The least-privilege IAM policies for a run, from the interlock's own list."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from conformance.aws.iam_actions import (
    ACCOUNT_WIDE,
    DECRYPT,
    FILLS,
    KEY_OF_RESTORE,
    ON_POINTS,
    ON_VAULTS,
    actions_of,
    below_tables,
)
from conformance.aws.iam_resources import Condition, Resources, both, leading_keys
from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.model.operations import (
    BACKUP,
    CLASSES,
    DATA,
    INVOKE,
    LOAD,
    READ,
    RESTORE,
    SANDBOX,
)

Statement = dict[str, Any]
VERSION = "2012-10-17"
_TABLES = ("dynamodb", "dynamodbstreams")
_TRAILS = ("logs", "s3")
"""Asked only for what a trail delivers, to a log group or to a bucket."""
_ELSEWHERE = {
    "backup": frozenset(
        {
            "DeleteRecoveryPoint",
            "DescribeRestoreJob",
            "ListCopyJobs",
            "ListRecoveryPointsByBackupVault",
            "ListRestoreJobs",
            "ListTags",
            "StartRestoreJob",
        }
    ),
    "dynamodb": frozenset({"ListTables"}),
    "kms": frozenset({"DescribeKey"}),
}
"""Operations of a drill in the account that copies are restored into."""
_COMPARED = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"]
"""Actions on the items of a restored copy, which AWS Backup fills itself."""


def policy(environment: Environment, declared: Declared) -> dict[str, Any]:
    """Return a policy of what the environment's allowed classes need, and no more.

    It may be longer than IAM takes: `iam_documents` cuts it into documents.
    """
    by_class = rights(environment, declared)
    return document([found for part in by_class.values() for found in part])


def document(statements: list[Statement]) -> dict[str, Any]:
    """Return the document of these statements."""
    return {"Version": VERSION, "Statement": statements}


def rights(
    environment: Environment, declared: Declared, *, by_pattern: bool = False
) -> dict[str, list[Statement]]:
    """Return the statements by allowed class; a right is stated once."""
    resources = Resources(environment, declared, by_pattern)
    stated: list[Statement] = []
    by_class: dict[str, list[Statement]] = {}
    for name in CLASSES:
        if name in environment.allows:
            new = [_without(stated, found) for found in _STATED[name](resources)]
            by_class[name] = [found for found in new if found["Action"]]
            stated += by_class[name]
    return {name: found for name, found in by_class.items() if found}


def rights_elsewhere(environment: Environment, declared: Declared) -> list[Statement]:
    """Return the statements for the other account that copies are restored into."""
    into = environment.restore_into
    drilled = {"restore", "sandbox"} <= environment.allows
    if into is None or into.account == environment.account or not drilled:
        return []
    return list(_elsewhere(Resources.of_destination(environment, into, declared)))


def statement(
    name: str,
    needed: list[str],
    resources: list[str],
    condition: Condition | None = None,
) -> Statement:
    """Return an IAM statement that allows these actions on these resources."""
    sid = "".join(word.capitalize() for word in name.split())
    stated = {"Sid": sid, "Effect": "Allow"}
    allowed = {"Action": sorted(needed), "Resource": resources}
    return stated | allowed | ({"Condition": condition} if condition else {})


def _read(at: Resources) -> Iterator[Statement]:
    on_tables = _on_tables(READ)
    parts = ("", *below_tables(on_tables))
    yield statement("read tables", on_tables, at.tables(*parts), at.within)
    others = set(READ) - {*_TRAILS}
    around = set(actions_of(READ, *others)) - {*on_tables}
    yield statement("read around", [*around], ["*"])
    yield statement("read variables", [DECRYPT], *at.keys("lambda"))
    if at.declared.trail_data_events == "bucket":
        yield from _read_bucket(at)
    else:
        needed = actions_of(READ, "logs")
        yield statement("read trail log group", needed, at.log_groups())


def _read_bucket(at: Resources) -> Iterator[Statement]:
    """Yield the rights to read what CloudTrail wrote of this account, no more.

    The bucket and its key are often those of an account that keeps logs.
    """
    files, bucket = at.trail_files, at.trail_bucket
    yield statement("read trail files", ["s3:GetObject"], [f"{bucket}/{files}"])
    listed: Condition = {"StringLike": {"s3:prefix": [files]}}
    yield statement("read trail listing", ["s3:ListBucket"], [bucket], listed)
    yield statement("read own buckets", ["s3:ListAllMyBuckets"], ["*"])
    via: Condition = {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}
    yield statement("read trail keys", [DECRYPT], ["arn:aws:kms:*:*:key/*"], via)


def _data(at: Resources) -> Iterator[Statement]:
    keys = both(at.within, leading_keys([*at.declared.tables.values()]))
    items, streams = (actions_of(DATA, service) for service in _TABLES)
    parts = ("", *below_tables(items))
    yield statement("data items", items, at.tables(*parts), keys)
    read = at.tables(*below_tables(streams))
    yield statement("data streams", streams, read, at.within)
    yield statement("data keys", [DECRYPT], *at.keys("dynamodb"))


def _backup(at: Resources) -> Iterator[Statement]:
    needed = _on_tables(BACKUP)
    parts = ("", *below_tables(needed))
    yield statement("backup tables", needed, at.tables(*parts), at.within)
    around = set(actions_of(BACKUP)) - {*needed}
    yield statement("backup around", [*around], ["*"])


def _invoke(at: Resources) -> Iterator[Statement]:
    functions = at.functions()
    if functions:
        yield statement("invoke functions", actions_of(INVOKE), functions)


def _sandbox(at: Resources) -> Iterator[Statement]:
    needed = [*_on_tables(SANDBOX), *_on_tables(READ)]
    yield statement("sandbox own tables", needed, at.own_tables(""))


def _restore(at: Resources) -> Iterator[Statement]:
    on_tables = _on_tables(RESTORE)
    parts = ("", *below_tables(on_tables))
    yield statement("restore tables", on_tables, at.tables(*parts), at.within)
    own = [*{*on_tables, *FILLS}]
    yield statement("restore own tables", own, at.own_tables("", "/index/*"))
    yield statement("restore keys", [*KEY_OF_RESTORE], *at.keys("dynamodb"))
    yield statement("restore vault", [*ON_VAULTS], at.vaults())
    yield from _of_backup(at, set(actions_of(RESTORE)) - {*on_tables})


def _of_backup(at: Resources, needed: set[str]) -> Iterator[Statement]:
    """Yield the rights to use and remove the recovery points of drills."""
    yield statement("restore points", [*ON_POINTS & needed], *at.points())
    yield statement("restore role", ["iam:PassRole"], *at.role())
    yield statement("restore around", [*needed - ON_POINTS - ON_VAULTS], ["*"])


def _load(at: Resources) -> Iterator[Statement]:
    keys = both(at.within, leading_keys([*at.declared.tables.values()], load=True))
    items = [action for action in actions_of(LOAD) if action != "dynamodb:Scan"]
    parts = ("", *below_tables(items))
    yield statement("load items", items, at.tables(*parts), keys)
    yield statement("load counts", ["dynamodb:Scan"], at.tables(""), at.within)
    yield statement("load keys", [DECRYPT], *at.keys("dynamodb"))


def _elsewhere(at: Resources) -> Iterator[Statement]:
    changes = [*_on_tables(SANDBOX), *_on_tables(READ), *_COMPARED]
    yield statement("restore own tables", changes, at.own_tables("", "/index/*"))
    yield statement("restore keys", [DECRYPT], *at.keys("dynamodb"))
    yield from _of_backup(at, set(actions_of(_ELSEWHERE)))


_STATED = {
    "read": _read,
    "data": _data,
    "backup": _backup,
    "invoke": _invoke,
    "sandbox": _sandbox,
    "restore": _restore,
    "load": _load,
}


def _on_tables(operations: dict[str, frozenset[str]]) -> list[str]:
    return sorted(set(actions_of(operations, *_TABLES)) - ACCOUNT_WIDE)


def _without(stated: list[Statement], new: Statement) -> Statement:
    """Return a statement without the actions that earlier ones allow as widely."""
    known = {
        action
        for earlier in stated
        if {*new["Resource"]} <= {*earlier["Resource"]}
        if _as_wide(earlier.get("Condition", {}), new.get("Condition", {}))
        for action in earlier["Action"]
    }
    return new | {"Action": [name for name in new["Action"] if name not in known]}


def _as_wide(wider: Condition, narrower: Condition) -> bool:
    """Return True if the first condition holds wherever the second does."""
    return all(
        _each_matches(keys[key], narrower.get(operator, {}).get(key, []))
        for operator, keys in wider.items()
        for key in keys
    )


def _each_matches(wider: list[str] | str, narrower: list[str] | str) -> bool:
    patterns = [wider] if isinstance(wider, str) else wider
    values = [narrower] if isinstance(narrower, str) else narrower
    return bool(values) and all(
        any(fnmatchcase(value, pattern) for pattern in patterns) for value in values
    )
