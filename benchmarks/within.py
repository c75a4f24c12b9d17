"""The cost of the declared load inside locust: `locust -f tests/perf`.

    python benchmarks/within.py [--seconds 30] [--scale 1]

A stand-in answers everything but the requests of the load; those an nginx answers on a
core of its own, over TLS, at once and always alike. What locust's process takes of a
core is read from the kernel while the steady phase lasts; rates and send lag are what
the run itself has left. Goals, on a quiet machine: at most half a core for 6000
requests a second, each second within 0.5 % of its rate, send lag at most 2 ms at p99.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from load import certificate, served

ROOT = Path(__file__).parents[1]
ANSWER = {
    "Item": {"filler": {"S": "x" * 400}},
    "Items": [{"filler": {"S": "x" * 400}}],
    "Count": 1,
    "Responses": {},
    "ScannedCount": 1,
    "ConsumedCapacity": {"TableName": "t", "CapacityUnits": 0.5},
}
NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_buffer_size 64k;
  map $http_x_amz_target $load {{
    default 0;
    "~[.](Get|Put|Update|Delete|BatchGet|TransactWrite)Items?$" 1;
    "~[.]Query$" 1;
  }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    location / {{
      default_type application/x-amz-json-1.0;
      if ($load) {{ return 200 '{answer}'; }}
      proxy_pass {standin}; proxy_set_header Host $http_host;
    }}
  }}
}}
"""
ENVIRONMENT = """
account       = "111122223333"
regions       = ["eu-west-1"]
table_name    = "{{name}}-local"
judged_as     = "sit"
allows        = ["read", "load"]
access_key_id = "111122223333"
endpoint_url  = "{standin}"

[endpoint_urls]
dynamodb = "{front}"

[cannot_prove]
PRF-2 = "what nginx answers is counted nowhere"
"""
TICKS = os.sysconf("SC_CLK_TCK")
PORT = 18446


@contextmanager
def standin():
    """A provisioned stand-in; its address."""
    process = subprocess.Popen(
        [
            *[sys.executable, "-m", "conformance", "standin"],
            *["--provision", "local", "--with-parent"],
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.kill()
        process.wait()


def used(pid):
    """Seconds of CPU that a process has taken."""
    stat = (
        Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    )
    return (int(stat[11]) + int(stat[12])) / TICKS


def run(folder, seconds, scale):
    """Run locust; its cores in the middle of the steady phase, and its run folder."""
    evidence = folder / "evidence"
    process = subprocess.Popen(
        [
            *[sys.executable, "-m", "locust", "-f", "tests/perf"],
            *["--env", str(folder / "front.toml"), "--evidence", str(evidence)],
            *["--shape", "steady", "--seconds", str(seconds), "--scale", str(scale)],
            "--yes",
        ],
        cwd=ROOT,
        env=os.environ | {"AWS_CA_BUNDLE": str(folder / "cert.pem")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if "All users spawned" in line:
            break
    time.sleep(seconds * 0.2)
    before, began = used(process.pid), time.perf_counter()
    time.sleep(seconds * 0.5)
    cores = (used(process.pid) - before) / (time.perf_counter() - began)
    said.append(process.communicate()[0])
    folders = list(evidence.glob("*")) if evidence.exists() else []
    if process.returncode not in (0, 1, 10) or not folders:
        sys.exit("".join(said)[-3000:])
    return cores, folders[0], "".join(said)


def main():
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, standin() as behind:
        folder = Path(name)
        certificate(folder)
        front = f"https://localhost:{PORT}"
        environment = ENVIRONMENT.format(standin=behind, front=front)
        (folder / "front.toml").write_text(environment, encoding="utf-8")
        content = NGINX.format(
            folder=folder, port=PORT, standin=behind, answer=json.dumps(ANSWER)
        )
        with served(folder, content):
            cores, evidence, said = run(folder, given.seconds, given.scale)
        found = json.loads((evidence / "run.json").read_text(encoding="utf-8"))[
            "findings"
        ]
        told = [line for line in said.splitlines() if line.startswith("send lag")]
    print(*told, sep="\n")
    print(f"{6000 * given.scale:g}/s inside locust, over TLS: {cores:.2f} cores")
    for finding in found:
        if finding["criterion"] == "PRF-1":
            print(f"  {finding['subject']}: {finding['outcome']} {finding['reason']}")


if __name__ == "__main__":
    main()
