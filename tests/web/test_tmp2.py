import io
from tests.support.ingest import jsonl, plain
from tests.support.server import furnish, running_server
from tests.support.accounts import COOKIE, SECRET
import subprocess, pathlib
def test_x(tmp_path, sqlite_template):
    furnish(tmp_path, sqlite_template)
    (tmp_path/"many.jsonl").write_bytes(jsonl(*[plain("q"*100,"Words. "*200,"And","More "*200) for _ in range(6000)]))
    (tmp_path/"few.jsonl").write_bytes(jsonl(plain("q","a")))
    with running_server(None, tmp_path) as url:
        for n in ("few","many"):
            r = subprocess.run(["curl","-s","-i","-b",f"{COOKIE}={SECRET}","-H","HX-Request-Type: partial","-F",f"file=@{tmp_path}/{n}.jsonl", url+"/imports"],capture_output=True,text=True)
            print(r.stdout[:600])
    for p in pathlib.Path(tmp_path).rglob("*log*"): print(p.read_text()[-3000:])
    assert 0
