"""Environments in which the suite has the printed policies, and nothing else."""

import json
import re

from conformance.aws.iam_documents import cut, documents
from conformance.aws.iam_policy import rights_elsewhere
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.model.operations import CLASSES
from tests.selftest.drills.drill_env import SOON, Drilled, targets
from tests.selftest.own_contract import SURROUNDINGS
from tests.selftest.sweep_cli import sweep
from tests.selftest.twin_env import Suite

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    ],
}
ALL = sorted(CLASSES)
UNPROVEN = """
[cannot_prove]
ENC-4 = "no TLS"
SEC-6 = "no network"
"""
ROLE = "suite"


class Restricted(Drilled):
    """An environment that the suite enters by roles with the printed policies."""

    unproven = UNPROVEN
    alone = False
    """True if copies are restored in another region of the same account."""

    @property
    def elsewhere(self):
        """Where copies are restored: another region, mostly of another account."""
        account, region = super().elsewhere
        return (self.account if self.alone else account), region

    def declare(self, allows, **keys):
        """Write the environment's file; its account may do everything."""
        self.keys = {"allows": allows, **keys}
        self.enter(self.account, self.elsewhere[0])

    def enter(self, here, there):
        """Let the suite use these access keys, here and where copies are restored."""
        account, region = self.elsewhere
        into = {
            "account": account,
            "region": region,
            "vault": "copies",
            "kms_key_arn": f"arn:aws:kms:{region}:{account}:alias/restored",
            "access_key_id": there,
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in into.items()]
        parts = [targets(**SOON), self.unproven, "[restore_into]", *lines]
        more = "\n".join(parts)
        self.write(access_key_id=here, more=more, **self.keys)

    @property
    def policies(self):
        """The printed documents of the role here, and of the one there."""
        environment = load_environment(str(self.file))
        declared = load_declared(environment, self.contract)
        elsewhere = cut({"restore": rights_elsewhere(environment, declared)})
        return documents(environment, declared).by_name, elsewhere

    def statement(self, name):
        """One printed statement of the role here, by document and name."""
        document, _, sid = name.partition("/")
        (found,) = (
            statement
            for statement in self.policies[0][document]["Statement"]
            if statement["Sid"] == sid
        )
        return found

    def restrict(self, without="", elsewhere_without=""):
        """Enter by new roles that have the policies, but for one statement."""
        here, there = self.policies
        account, _ = self.elsewhere
        keys = elsewhere = self.assumed(self.account, here, without)
        if not self.alone:
            elsewhere = self.assumed(account, there, f"restore/{elsewhere_without}")
        self.enter(keys, elsewhere)
        accounts = [self.account, account]
        self.standin.control("settings", {"enforcement": {"accounts": accounts}})

    def release(self):
        """Let the suite do everything again."""
        self.standin.control("settings", {"enforcement": {"accounts": []}})
        self.enter(self.account, self.elsewhere[0])

    def clean(self, result):
        """Leave the roles, and remove what a drill without a right has left."""
        self.release()
        sweep(self, result.evidence, "--yes")

    def assumed(self, account, written, without):
        """Make the role anew, attach the documents, and return a session's key."""
        iam = self.standin.client(account, "iam")
        self._forget(iam)
        role = iam.create_role(
            RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST)
        )["Role"]["Arn"]
        for name, document in written.items():
            kept = [
                statement
                for statement in document["Statement"]
                if without != f"{name}/{statement['Sid']}"
            ]
            if kept:
                policy = iam.create_policy(
                    PolicyName=f"{ROLE}-{name}",
                    PolicyDocument=json.dumps({**document, "Statement": kept}),
                )["Policy"]["Arn"]
                iam.attach_role_policy(RoleName=ROLE, PolicyArn=policy)
        sts = self.standin.client(account, "sts")
        session = sts.assume_role(RoleArn=role, RoleSessionName="run")
        return session["Credentials"]["AccessKeyId"]

    def _forget(self, iam):
        """Remove the role of before, and its policies."""
        if ROLE not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
            return
        attached = iam.list_attached_role_policies(RoleName=ROLE)["AttachedPolicies"]
        for policy in attached:
            arn = policy["PolicyArn"]
            iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
            iam.delete_policy(PolicyArn=arn)
        iam.delete_role(RoleName=ROLE)

    def check(self, marker, *arguments):
        """Run the checks with this marker."""
        files = [f"--env={self.file}", f"--schemas={self.contract}"]
        return self.suite.run(*files, "-m", marker, *arguments)

    def decisions(self):
        """What was decided in the two accounts since the last reset."""
        accounts = {self.account, self.elsewhere[0]}
        return [
            decision
            for decision in self.standin.control("decisions")["decisions"]
            if decision["principal"].split(":")[4] in accounts
        ]

    def needless(self):
        """The printed statements without which everything would have been allowed."""
        needed = {
            (decision["principal"].split(":")[4], decision["statements"][0])
            for decision in self.decisions()
            if len(decision["statements"]) == 1
        }
        accounts = (self.account, self.elsewhere[0])
        printed = {
            (account, f"{ROLE}-{name}/{statement['Sid']}")
            for account, documents in zip(accounts, self.policies, strict=True)
            for name, document in documents.items()
            for statement in document["Statement"]
        }
        return printed - needed

    def denied(self):
        """What was denied since the last reset."""
        return {
            (decision["action"], decision["resource"])
            for decision in self.decisions()
            if decision["verdict"] != "allowed"
        }


def restricted(aws, folder, declared, allows=ALL, **keys):
    """Deploy an environment of these tables, into which the suite can be let in."""
    twin = Restricted(aws, Suite(folder), keys.pop("regions", ("eu-west-1",)))
    twin.declared = declared
    twin.unproven = keys.pop("unproven", UNPROVEN)
    twin.alone = keys.pop("alone", False)
    surroundings = folder / "surroundings.toml"
    text = _with_test_event().replace(*keys.pop("replaced", ("", "")))
    surroundings.write_text(text, encoding="utf-8")
    filled = keys.pop("filled", True)
    twin.declare(allows, surroundings=str(surroundings), **keys)
    twin.deploy(declared)
    if filled:
        twin.fill()
    return twin


def _with_test_event():
    """The surroundings, in which one function may be invoked."""
    text = SURROUNDINGS.read_text(encoding="utf-8")
    return re.sub(r'(?m)^(function *= "order_lambda")$', r"\1\ntest_event = {}", text)


def outcomes(result):
    """Every outcome by criterion, subject and region."""
    assert result.run["complete"], result.output
    return {
        (
            finding["criterion"],
            finding["subject"],
            finding["region"],
            finding["test"],
        ): (finding["outcome"])
        for finding in result.run["findings"]
    }
