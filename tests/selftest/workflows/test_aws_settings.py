"""Settings of the AWS CLI and of the shell: told where they are wrong and needed."""

import pytest

from tests.selftest.own_contract import SCHEMAS, own_file

NOT_OURS = "https://192.0.2.1:9"  # for documentation: nothing routes there
NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
"""A proxy that nobody serves: whatever is asked by mistake, it reaches nobody."""


def test_an_endpoint_of_nobody_we_know(file, refused):
    """Credentials sign for this machine or for AWS; another host is refused unasked."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    endpoint = f'endpoint_url = "{NOT_OURS}"'
    said = refused(file(endpoint), "-m", "live", env=keys)
    assert f"{NOT_OURS} is no endpoint of AWS" in said


def test_a_host_of_a_customer_of_aws(file, refused):
    """A load balancer's name lies below amazonaws.com, too: nobody signs for it."""
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    host = "https://mine.eu-west-1.elb.amazonaws.com"
    endpoint = f'endpoint_url = "{host}"'
    said = refused(file(endpoint), "-m", "live", env=keys | NOWHERE)
    assert f"{host} is not an endpoint of sts in eu-west-1" in said


PROFILES = {
    "prints text": (
        "credential_process = /bin/echo please log in",
        "credential_process is '/bin/echo please log in', which must print JSON",
    ),
    "prints a list": ("credential_process = /bin/echo []", "must print JSON"),
    "prints another version": (
        """credential_process = /bin/echo '{"Version": 9}'""",
        "Version",
    ),
    "is not there": ("credential_process = /none/at/all", "/none/at/all"),
    "fails": ("credential_process = /bin/false", "CredentialRetrievalError"),
    "cannot be split": ("credential_process = /bin/echo 'open", "No closing quotation"),
    "a token that is not there": (
        "role_arn = arn:aws:iam::815856636111:role/x\nweb_identity_token_file = /none",
        "/none",
    ),
    "a source that is itself": (
        "role_arn = arn:aws:iam::815856636111:role/x\nsource_profile = x",
        "InfiniteLoopConfigError",
    ),
    "a source that is not there": (
        "role_arn = arn:aws:iam::815856636111:role/x\nsource_profile = y",
        '"y"',
    ),
    "half a session of SSO": ("sso_session = none", "none"),
    "modes of retry that do not exist": ("retry_mode = often", "often"),
}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_that_gives_no_credentials(file, refused, tmp_path, profile):
    """Whatever a provider of credentials raises is one message, with the cause."""
    settings, said_of_it = PROFILES[profile]
    config = tmp_path / "config"
    config.write_text(f"[profile x]\nregion = eu-west-1\n{settings}\n", "utf-8")
    env = {"AWS_CONFIG_FILE": str(config)} | NOWHERE
    said = refused(file('profile = "x"'), "-m", "live", env=env)
    assert "cannot reach --env mine: nothing was read or written" in said
    assert said_of_it in said
    assert "--profile x" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/credentials"),
        ("AWS_MAX_ATTEMPTS", "many"),
        ("AWS_RETRY_MODE", "often"),
        ("AWS_CA_BUNDLE", "/none/at/all"),
        ("AWS_CONFIG_FILE", "BROKEN"),
        ("AWS_PROFILE", "nobodys"),
    ],
)
def test_a_shell_whose_aws_settings_are_wrong(refused, tmp_path, name, value):
    """They are told by one message, and a cure, for an environment on AWS."""
    broken = tmp_path / "broken"
    broken.write_text("[profile x\nregion", encoding="utf-8")
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    if name == "AWS_CONTAINER_CREDENTIALS_FULL_URI":
        keys = {}
    wrong = {name: value.replace("BROKEN", str(broken))}
    said = refused("--env", "sit", "-m", "live", env=keys | NOWHERE | wrong)
    assert "nothing was read or written" in said
    assert "--profile None" not in said


HOSTILE = {
    "AWS_PROFILE": "nobodys",
    "AWS_DEFAULT_PROFILE": "nobodys",
    "AWS_CONFIG_FILE": "/none/at/all",
    "AWS_CA_BUNDLE": "/none/at/all",
    "AWS_MAX_ATTEMPTS": "many",
    "AWS_RETRY_MODE": "often",
    "AWS_DEFAULTS_MODE": "none",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_STS_REGIONAL_ENDPOINTS": "none",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "required",
    "AWS_REQUEST_CHECKSUM_CALCULATION": "none",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": "many",
    "AWS_SESSION_TOKEN": "none",
    "AWS_DATA_PATH": "/none/at/all",
    "AWS_LAMBDA_FUNCTION_NAME": "none",
} | NOWHERE


@pytest.mark.parametrize("setting", HOSTILE)
def test_settings_of_the_shell_do_not_matter_on_this_machine(twin, two_tables, setting):
    """A run that needs no account reads no setting of one."""
    twin.write()
    twin.deploy_tables(two_tables)
    hostile = {setting: HOSTILE[setting]}
    result = twin.suite.run(*twin.arguments("-k", "TBL-1"), env=hostile)
    assert result.status == 0, result.output
    assert len(result.found("PASS")) == len(two_tables["tables"])


def test_the_local_stand_in_starts_beside_settings_of_the_shell(suite):
    """`--env local` starts two programs; all settings at once do not matter to them."""
    own = (f"--env={own_file('local')}", f"--schemas={SCHEMAS}")
    result = suite.run(*own, *("-m", "live", "-k", "TBL-1"), env=HOSTILE)
    assert result.status == 0, result.output
