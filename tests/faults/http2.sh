#!/bin/sh
# A real HTTP/2 server (nginx) with a certificate of its own making: HTTP/2 is
# spoken, each connection carries one segment at a time (so that a cap per
# connection makes it no slower than HTTP/1.1), and the video is the same.
# Without trust in the certificate nothing is fetched.
#   http2.sh TESTCDN DOWNLOAD_TOOL MAKE_STREAMS
set -u
cdn=$1 tool=$2 make_streams=$3
for p in ffmpeg nginx openssl; do
  PATH=$PATH:/usr/sbin:/usr/local/sbin command -v $p >/dev/null || { echo "1..0 # SKIP $p is not installed"; exit 0; }
done
PATH=$PATH:/usr/sbin:/usr/local/sbin
work=$(mktemp -d "${TMPDIR:-/tmp}/sc-http2-XXXXXX")
nginx_pid= cdn_pid=
trap 'kill $nginx_pid $cdn_pid 2>/dev/null; wait $nginx_pid 2>/dev/null; rm -rf "$work"' EXIT INT TERM
sh "$make_streams" "$work/root" >/dev/null || { echo 'Bail out! no streams'; exit 1; }
chmod 755 "$work"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/cert.pem" -days 2 \
  -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>/dev/null
# Nothing tells which port is free: some are tried.
try() { # port
  cat > "$work/nginx.conf" <<C
daemon off;
master_process off;
pid $work/nginx.pid;
error_log $work/error.log;
events { worker_connections 512; }
http {
  log_format c '\$server_protocol \$connection \$uri';
  access_log $work/access.log c;
  client_body_temp_path $work/t1; proxy_temp_path $work/t2; fastcgi_temp_path $work/t3;
  uwsgi_temp_path $work/t4; scgi_temp_path $work/t5;
  server {
    listen 127.0.0.1:$1 ssl http2;
    ssl_certificate $work/cert.pem;
    ssl_certificate_key $work/key.pem;
    root $work/root;
    limit_rate 200k;
  }
}
C
  : > "$work/access.log"
  nginx -e "$work/error.log" -c "$work/nginx.conf" 2>/dev/null &
  nginx_pid=$!
  i=0
  while [ $i -lt 200 ] && kill -0 $nginx_pid 2>/dev/null; do
    curl -sk "https://127.0.0.1:$1/complete" >/dev/null && return 0
    sleep 0.05
    i=$((i + 1))
  done
  kill $nginx_pid 2>/dev/null
  return 1
}
port=$((20000 + $$ % 20000)) tries=0
until try $port; do
  port=$((port + 7)) tries=$((tries + 1))
  [ $tries -lt 5 ] || { echo "1..0 # SKIP nginx does not start here"; exit 0; }
done
"$cdn" --root "$work/root" --port-file "$work/port" >/dev/null 2>&1 &
cdn_pid=$!
while [ ! -s "$work/port" ]; do sleep 0.02; done
n=0
check() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; sed 's/^/# /' "$work/json"; fi; }
echo '1..4'
"$tool" "$work/ref" --url "http://127.0.0.1:$(cat "$work/port")/ts/index.m3u8" > "$work/json" 2>&1
"$tool" "$work/none" --url "https://127.0.0.1:$port/ts/index.m3u8" > "$work/json" 2>/dev/null
[ $? != 0 ] && grep -q certificate "$work/json"; check $? "a certificate that nobody vouches for is refused"
: > "$work/access.log"
CURL_CA_BUNDLE="$work/cert.pem" SSL_CERT_FILE="$work/cert.pem" \
  "$tool" "$work/out" --url "https://127.0.0.1:$port/ts/index.m3u8" > "$work/json" 2>/dev/null
[ $? = 0 ] && cmp -s "$work/ref/full_video.mp4" "$work/out/full_video.mp4"
check $? "the same video over HTTP/2"
grep -q '^HTTP/2.0 .*seg' "$work/access.log" && ! grep -q '^HTTP/1' "$work/access.log"
check $? "HTTP/2 was spoken"
conns=$(awk '/seg/ {print $2}' "$work/access.log" | sort -u | wc -l)
[ "$conns" -ge 4 ]; check $? "segments came over $conns connections side by side"
