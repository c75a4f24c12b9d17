"""boto3 sessions with the credentials of an environment.

A session for loopback is deaf to the shell: a profile, a region or a mode of retries
in `AWS_*` or in the files of the AWS CLI belongs to real accounts, and a wrong one
must not stop a run that needs no account.
"""

import os
from typing import Any

import boto3
import botocore.session
from botocore.configprovider import ChainProvider, ConstantProvider

from conformance.config.environment import Environment

_FILES = ("config_file", "credentials_file")
_HEARD = ("ca_bundle",)
"""AWS_CA_BUNDLE is heard: without it no local target could speak TLS."""


def session_of(environment: Environment) -> Any:
    """Return a boto3 session; nothing is asked and no credentials are sought yet.

    Raises:
        BotoCoreError: the profile is not there, or the configuration is not readable.
    """
    if environment.is_aws:
        return boto3.Session(profile_name=environment.profile)
    return boto3.Session(
        aws_access_key_id=environment.access_key_id or "standin",
        aws_secret_access_key="no-secret-on-loopback",  # noqa: S106 -- it is none
        botocore_session=deaf_session(),
    )


def deaf_session() -> Any:
    """Return a botocore session whose variables have botocore's own defaults."""
    session = botocore.session.Session()
    variables = session.get_component("config_store")
    for name, (_, _, default, convert) in session.SESSION_VARIABLES.items():
        if name in _HEARD:
            continue
        value = ConstantProvider(os.devnull if name in _FILES else default)
        variables.set_config_provider(name, ChainProvider([value], convert))
    return session
