"""The login: credentials, account and region are right, or nothing is done."""

import os
from contextlib import suppress

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import ConnectionError as UnreachableError
from botocore.session import Session

from conformance.aws.client import AwsClients, Caller
from conformance.aws.recorder import Recorder
from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.model.errors import BadInputError, NotAssessedError

_SSO = (SSOTokenLoadError, TokenRetrievalError, UnauthorizedSSOTokenError)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN_KEY = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "AuthFailure",
}


def connect(
    environment: Environment, declared: Declared, recorder: Recorder
) -> tuple[AwsClients, Caller]:
    """Return clients and caller once account and primary region have answered.

    An environment without an account takes credentials of any.

    Raises:
        BadInputError: no usable credentials, an endpoint that does not answer, a
            region that is off, or another account than the environment's.
    """
    try:
        clients = AwsClients(
            environment, declared.tables, recorder, declared.services.triable
        )
        caller = clients.caller(environment.regions[0])
    except NotAssessedError:
        # A target that is no AWS and offers no STS: IDN-1 says so.
        return clients, Caller(environment.account, "unknown: the target offers no STS")
    except BadInputError:
        raise
    except Exception as problem:  # noqa: BLE001 -- credential providers raise anything
        raise BadInputError(_explained(environment, problem)) from None
    if environment.account not in ("", caller.account):
        raise BadInputError(
            f"wrong account for --env {environment.name}: nothing was read or written\n"
            f"  expected : {environment.account}   (from {environment.source})\n"
            f"  found    : {caller.account}   ({caller.arn})\n"
            "  fix      : use credentials of the expected account"
        )
    return clients, caller


def _explained(environment: Environment, problem: Exception) -> str:
    cause, fix = _cause_and_fix(environment, problem)
    profile = environment.profile or "none: the default credential chain"
    where = environment.endpoint("sts") or f"AWS, {environment.regions[0]}"
    whom = f"--env {environment.name}" if environment.account else "AWS"
    return (
        f"cannot reach {whom}: nothing was read or written\n"
        f"  profile  : {profile}   (from {environment.source})\n"
        f"  endpoint : {where}\n"
        f"  cause    : {cause}\n"
        f"  fix      : {fix}\n"
        "  offline  : pytest --env local -m live   (a stand-in, no account needed)"
    )


def _cause_and_fix(environment: Environment, problem: Exception) -> tuple[str, str]:
    profile = environment.profile or os.environ.get("AWS_PROFILE")
    login = f"aws sso login --profile {profile or '<profile>'}"
    match problem:
        case ProfileNotFound():
            return _without_profile(environment, problem)
        case NoCredentialsError():
            fix = (
                f"{login} and name the profile in {environment.source.name}; or export"
                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; in CI assume a role by"
                " OIDC"
            )
            return "no credentials were found", fix
        case ClientError():
            return _answered(environment, problem, login)
        case _ if isinstance(problem, _SSO):
            return "the SSO token is missing or has expired", login
        case UnreachableError() | HTTPClientError():
            fix = f"check network, VPN, proxy and endpoint ({environment.source.name})"
            return f"the endpoint does not answer ({type(problem).__name__})", fix
    return _unusable(profile, problem)


def _without_profile(environment: Environment, problem: Exception) -> tuple[str, str]:
    if environment.profile:
        return str(problem), f"aws configure sso --profile {environment.profile}"
    fix = "unset it, or let it name a profile of `aws configure list-profiles`"
    return f"{problem}; AWS_PROFILE of the shell names it", fix


def _unusable(profile: str | None, problem: Exception) -> tuple[str, str]:
    """Explain settings of the AWS CLI that botocore cannot use, whatever it raised."""
    cause = (
        "the AWS configuration gives no usable credentials: "
        f"{type(problem).__name__}: {problem}"
    )
    names = sorted(name for name in os.environ if name.startswith("AWS_"))
    shell = f"; the shell sets {', '.join(names)}" if names else ""
    option = f" --profile {profile}" if profile else ""
    process = _credential_process(profile)
    if process:
        cause += f"; credential_process is {process!r}, which must print JSON"
    return cause, (
        f"correct the configuration until this answers: "
        f"aws sts get-caller-identity{option}{shell}"
    )


def _credential_process(profile: str | None) -> str:
    """Return the profile's command that prints credentials; empty if there is none."""
    with suppress(BotoCoreError):
        known = Session(profile=profile).full_config["profiles"]
        return str(known.get(profile or "default", {}).get("credential_process", ""))
    return ""


def _answered(
    environment: Environment, problem: ClientError, login: str
) -> tuple[str, str]:
    error = problem.response.get("Error", {})
    code, message = error.get("Code", "Unknown"), error.get("Message", "")
    region = environment.regions[0]
    if code in _EXPIRED:
        return f"the session token has expired ({code})", f"{login}, or renew the role"
    if code in _UNKNOWN_KEY:
        fix = (
            f"check the credentials; if {region} is an opt-in region, enable it: "
            f"aws account enable-region --region-name {region}; a session token of the "
            "global STS endpoint is not valid in opt-in regions: get one from a "
            "regional endpoint (AWS_STS_REGIONAL_ENDPOINTS=regional)"
        )
        return f"{region} does not know these credentials ({code}: {message})", fix
    return f"{code}: {message}", "ask the account's owner for sts:GetCallerIdentity"
