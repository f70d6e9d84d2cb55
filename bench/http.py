# SPDX-License-Identifier: Apache-2.0
# http.py - see http.sh.
import os, re, shutil, socket, statistics, subprocess, sys, tempfile, time

rounds = int(os.environ.get("ROUNDS", 5))
seconds = os.environ.get("SECONDS_EACH", "3")
wrk = os.environ.get("WRK", "wrk")
body = b'{"hello":"world"}'  # what the probe's /api/hello says
work = tempfile.mkdtemp()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def start_ours():
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    os.set_inheritable(listening.fileno(), True)
    process = subprocess.Popen([sys.argv[1], str(listening.fileno())], pass_fds=[listening.fileno()])
    port = listening.getsockname()[1]
    listening.close()
    return process, f"http://127.0.0.1:{port}/api/hello"


def start_nginx():
    port = free_port()
    os.chmod(work, 0o755)
    os.makedirs(work + "/api")
    with open(work + "/api/hello", "wb") as f:
        f.write(body)
    with open(work + "/conf", "w") as f:
        f.write(f"""worker_processes 1; daemon off; pid {work}/pid; error_log {work}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; default_type application/json; sendfile on; tcp_nodelay on; keepalive_requests 100000000;
open_file_cache max=10; client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3;
uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;
server {{ listen 127.0.0.1:{port}; root {work}; }} }}""")
    process = subprocess.Popen([os.environ.get("NGINX", "nginx"), "-p", work, "-c", work + "/conf"], stderr=subprocess.DEVNULL)
    return process, f"http://127.0.0.1:{port}/api/hello"


def rate(url):
    out = subprocess.run([wrk, "-t1", "-c32", "-d" + seconds, url], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out and "Socket errors" not in out, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


servers = []
try:
    servers = [start_ours(), start_nginx()]
    time.sleep(0.5)
    for _, url in servers:
        said = subprocess.run(["curl", "-sS", "--noproxy", "*", url], capture_output=True, check=True).stdout
        assert said == body, said
    rates = [[rate(url) for _, url in servers] for _ in range(rounds)]
    ours, nginx = (statistics.median(r[i] for r in rates) for i in (0, 1))
    print(f"small answers: ours {ours:,.0f}/s, nginx {nginx:,.0f}/s, ratio {ours / nginx:.2f}")
finally:
    for process, _ in servers:
        process.terminate()
        process.wait()
    shutil.rmtree(work)
