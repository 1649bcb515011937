"""A language model's server for tests: Ollama's API and OpenAI's, scripted faults.

It answers notes made of the very lines it was shown, so that they stand the
check against the lecture. It counts four bytes as a token and, like Ollama,
silently forgets what exceeds its context (`limit`), whatever num_ctx says.
"""
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LINE = re.compile(r"^\[(\d+)\] (.*)$", re.M)


def notes_of(prompt):
    """A part's reply, from the lecture's lines in the prompt."""
    body = prompt.split("<lecture>")[-1].split("</lecture>")[0]
    lines = [(int(a), t) for a, t in LINE.findall(body) if not t.startswith(("SLIDE", "SECTION"))]
    lines = lines or [(0, "nothing")]
    sections = []
    for i in range(0, len(lines), 8):
        group = lines[i:i + 8]
        sections.append({"title": " ".join(group[0][1].split()[:4]), "at": group[0][0],
                         "lines": [{"kind": "bullet", "text": t, "at": a} for a, t in group]})
    longest = max(lines, key=lambda x: len(x[1]))
    return {"sections": sections, "summary": [{"text": longest[1], "at": longest[0]}],
            "cards": [{"kind": "question", "front": "What is said here?", "back": longest[1], "at": longest[0]}],
            "announcements": []}


def whole_of(prompt):
    body = prompt.split("<lecture>")[-1].split("</lecture>")[0]
    lines = [(int(a), t) for a, t in LINE.findall(body)]
    said = [(a, t) for a, t in lines if not t.startswith("SECTION")] or [(0, "nothing")]
    return {"summary": [{"text": t, "at": a} for a, t in said[:6]],
            "chapters": [{"title": t[9:], "at": a} for a, t in lines if t.startswith("SECTION")][:8],
            "key_phrases": ["graph", "queue"]}


class FakeLLM:
    def __init__(self, limit=32768, context=32768, faults=None, model="tiny:latest", key=None,
                 formats=("json_schema", "json_object"), extra=None, count_tokens=None, gap_s=0, picture=None):
        self.limit, self.context, self.model, self.key = limit, context, model, key
        self.faults = list(faults or [])  # of the chat calls, in order; None = answer well
        self.formats, self.extra, self.gap_s = formats, extra, gap_s
        self.count_tokens = count_tokens
        self.picture = picture  # what it says of every picture; None = no such model
        self.calls = []  # (path, request)
        self.lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *a):
                pass

            def send(self, status, body, ctype="application/json", headers=()):
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", ctype)
                self.send_header("Content-Length", str(len(data)))
                for k, v in headers:
                    self.send_header(k, v)
                self.end_headers()
                self.wfile.write(data)

            def chunk(self, data):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()

            def do_GET(self):
                fake.note(self.path, None)
                if self.path == "/api/tags":
                    self.send(200, {"models": [{"name": fake.model, "model": fake.model}]})
                elif self.path.endswith("/models"):
                    if fake.key and self.headers.get("Authorization") != "Bearer " + fake.key:
                        self.send(401, {"error": {"message": "Incorrect API key provided: " +
                                                  str(self.headers.get("Authorization", ""))[7:]}})
                    else:
                        self.send(200, {"data": [{"id": fake.model, "max_model_len": fake.context}]})
                else:
                    self.send(404, {"error": "not found"})

            def do_POST(self):
                req = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.note(self.path, req)
                if self.path == "/api/generate":
                    if fake.picture is None:
                        self.send(404, {"error": "model '%s' not found" % req["model"]})
                    else:
                        self.send(200, {"response": fake.picture, "done": True})
                    return
                if self.path == "/api/show":
                    self.send(200, {"model_info": {"llama.context_length": fake.context},
                                    "capabilities": ["completion"]})
                    return
                try:
                    fake.chat(self, req)
                except (BrokenPipeError, ConnectionResetError):
                    pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def note(self, path, req):
        with self.lock:
            self.calls.append((path, req))

    def chats(self):
        """Requests for text, without the calibrating one."""
        return [r for p, r in self.calls if r and "messages" in r and
                (r.get("options", {}).get("num_predict") != 1)]

    def chat(self, h, req):
        ollama = h.path == "/api/chat"
        calibrating = req.get("options", {}).get("num_predict") == 1
        with self.lock:
            fault = None if calibrating or not self.faults else self.faults.pop(0)
        prompt = "".join(m["content"] for m in req["messages"])
        limit = min(self.limit, req.get("options", {}).get("num_ctx", 2048) if ollama else self.limit)
        raw = prompt.encode()
        tokens = len(raw) // 4
        if tokens > limit:
            if not ollama:
                h.send(400, {"error": {"message": "This model's maximum context length is %d tokens" % limit,
                                       "code": "context_length_exceeded"}})
                return
            raw = raw[-limit * 4:]  # silently: only the end is read
            prompt, tokens = raw.decode("utf-8", "ignore"), limit
        if self.count_tokens is not None:
            tokens = self.count_tokens
        if not ollama:
            if self.key and h.headers.get("Authorization") != "Bearer " + self.key:
                h.send(401, {"error": {"message": "Incorrect API key provided: %s" % h.headers.get("Authorization")[7:]}})
                return
            kind = req.get("response_format", {}).get("type")
            if kind and kind not in self.formats:
                h.send(400, {"error": {"message": "response_format type %s is not supported" % kind}})
                return
        if isinstance(fault, int):
            h.send(fault, {"error": {"message": "scripted failure"}}, headers=[("Retry-After", "1")])
            return
        reply = whole_of(prompt) if '"chapters"' in prompt else notes_of(prompt)
        if self.extra and "sections" in reply:
            reply = self.extra(reply)
        text = {None: lambda: json.dumps(reply),
                "fence": lambda: "Here you are:\n```json\n" + json.dumps(reply, indent=1) + "\n```\nGood luck!",
                "think": lambda: "<think>{\"sections\": nonsense}</think>\n" + json.dumps(reply),
                "comma": lambda: json.dumps(reply).replace("}]", "},]").replace("\"}", "\",}"),
                "junk": lambda: "I cannot do that.",
                "empty": lambda: "{\"sections\": [], \"summary\": [], \"cards\": [], \"announcements\": []}",
                "wrong": lambda: "{\"sections\": \"none\"}",
                "half": lambda: json.dumps(reply)[:len(json.dumps(reply)) // 2],
                }.get(fault, lambda: json.dumps(reply))()
        h.send_response(200)
        h.send_header("Content-Type", "application/x-ndjson" if ollama else "text/event-stream")
        h.send_header("Transfer-Encoding", "chunked")
        h.end_headers()
        step = max(1, len(text) // 5)
        for n, i in enumerate(range(0, len(text), step)):
            piece = text[i:i + step]
            if fault == "cutstream" and n == 2:
                h.close_connection = True
                h.wfile.flush()
                h.connection.close()
                return
            if fault == "stall" and n == 2:
                time.sleep(8)
            if fault == "errorline" and n == 2:
                h.chunk(b'{"error":"an error was encountered while running the model"}\n' if ollama else
                        b'data: {"error":{"message":"server overloaded"}}\n\n')
                h.chunk(b"")
                return
            if self.gap_s:
                time.sleep(self.gap_s)
            if ollama:
                h.chunk((json.dumps({"message": {"role": "assistant", "content": piece}, "done": False}) + "\n").encode())
            else:
                h.chunk(("data: " + json.dumps({"choices": [{"delta": {"content": piece}}]}) + "\n\n").encode())
        cut = "length" if fault == "half" else "stop"
        if ollama:
            h.chunk((json.dumps({"message": {"content": ""}, "done": True, "done_reason": cut,
                                 "prompt_eval_count": tokens, "eval_count": len(text) // 4}) + "\n").encode())
        else:
            h.chunk(("data: " + json.dumps({"choices": [{"delta": {}, "finish_reason": cut}],
                                            "usage": {"prompt_tokens": tokens}}) + "\n\n").encode())
            h.chunk(b"data: [DONE]\n\n")
        h.chunk(b"")
