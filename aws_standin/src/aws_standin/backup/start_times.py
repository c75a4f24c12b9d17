"""The start of a job: some time in its window, and not while another one runs.

Source: AWS Backup Developer Guide, "Backup plan options and configuration" (backup
window); AWS Backup quotas, "Concurrent backup jobs per resource" and copies alike.
"""

from datetime import datetime
from zlib import crc32

from aws_standin.backup.job_records import BackupJob
from aws_standin.backup.records import Place
from aws_standin.backup.service import Service

BUSY = "Backup job expired: there was a running job for the same resource"


def part_of(job: BackupJob) -> float:
    """Return the part of its window after which a job starts: 0 to 1, as if drawn."""
    drawn = crc32(f"{job.resource_arn} {job.created.isoformat()}".encode())
    return drawn / 2**32


def free_from(
    service: Service, place: Place, resource: str, ready: datetime
) -> datetime:
    """Return when a job can start that is ready at a time: when no other one runs."""
    if not service.settings.one_job_a_resource:
        return ready
    region = service.region(place)
    others = [
        job
        for job in (*region.backups.values(), *region.copies.values())
        if job.resource_arn == resource and job.ends > job.starts
    ]
    for job in sorted(others, key=lambda job: job.starts):
        if job.starts <= ready < job.ends:
            ready = job.ends
    return ready
