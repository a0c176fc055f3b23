import tempfile, shutil, pathlib
from bench.loads import loads
from schema.migrate import migrate
from service.embedded import Servers

folder = pathlib.Path(tempfile.mkdtemp(prefix="pb-", dir="/var/tmp"))
try:
    with Servers(folder / "q", extra={"max_connections": "200"}) as s:
        migrate(s.database_url)
        f = loads(s.database_url, 5, 1.0)
        print({k: (round(v.value, 2), v.ratio and round(v.ratio, 3)) for k, v in f.items()})
finally:
    shutil.rmtree(folder, ignore_errors=True)
