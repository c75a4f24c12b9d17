"""The ARNs that a pattern of an AWS Backup selection fits.

Source: AWS Backup API, BackupSelection: "the asterisk (*) must appear at the end of the
ARN string"; AWS Backup Developer Guide, "Assign resources with AWS CLI", whose examples
also put `*` in the place of a whole region and account (arn:aws:ec2:*:*:volume/*).
"""

from enum import Enum

_FIELDS = 6
_REGION, _RESOURCE = 3, 5


class Match(Enum):
    """The answer of a pattern about an ARN."""

    YES = "it fits"
    NO = "it does not fit"
    NOT_AT_THE_END = "AWS Backup takes * only at the end of an ARN"
    """The pattern would fit if `*` could stand anywhere."""
    UNKNOWN = "AWS Backup does not document such a pattern"


def match(pattern: str, arn: str) -> Match:
    """Return the answer of a pattern about an ARN; only `*` is special."""
    if _documented(pattern):
        return Match.YES if like(pattern, arn) else Match.NO
    if not _perhaps(pattern, arn):
        return Match.NO
    resource = pattern.split(":", _RESOURCE)[-1]
    return Match.NOT_AT_THE_END if "*" in resource[:-1] else Match.UNKNOWN


def names_type(pattern: str) -> bool:
    """Return True if the pattern names tables, and not only a service or everything.

    The region's opt-in does not count for those ("Assign resources with AWS CLI",
    "Selection by resource type").
    """
    fields = pattern.split(":", _RESOURCE)
    return len(fields) == _FIELDS and fields[_RESOURCE].startswith("table/")


def like(pattern: str, text: str) -> bool:
    """Return True if the text fits; only `*` is special and stands for any text."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    end = len(text) - len(last)
    if not text.startswith(first) or not text.endswith(last) or end < len(first):
        return False
    position = len(first)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _documented(pattern: str) -> bool:
    """Return True if AWS documents what the pattern means."""
    before = pattern.removesuffix("*")
    fields = before.split(":", _RESOURCE)
    # The guide also has arn:aws:ec2:::instance/*, and does not say what it means.
    whole = len(fields) < _FIELDS or all(fields[_REGION:_RESOURCE])
    if "*" not in before:
        return whole
    places = fields[_REGION:_RESOURCE]
    others = [*fields[:_REGION], *fields[_RESOURCE:]]
    return (
        whole
        and len(fields) == _FIELDS
        and before != pattern
        and not any("*" in field for field in others)
        and all("*" not in place or place == "*" for place in places)
    )


def _perhaps(pattern: str, arn: str) -> bool:
    """Return True if the pattern fits by the most generous reading."""
    fields = [field or "*" for field in pattern.split(":", _RESOURCE)]
    return like(":".join(fields), arn)
