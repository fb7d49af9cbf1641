"""A server on this machine that answers what forex-python asks, with the embedded rates; prints its port."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np

from summit_analysis import Rates
from summit_analysis.currency.convert import convention

RATES = Rates.embedded()
RULE = convention(RATES, "day")


class Answer(BaseHTTPRequestHandler):
    """``/<day>?base=USD&symbols=EUR`` → ``{"base": …, "date": …, "rates": {…}}``."""

    def do_GET(self):
        address = urlsplit(self.path)
        asked, day = parse_qs(address.query), address.path.strip("/")
        per_euro = RATES.table[RULE.row_of_slot[RULE.slots(np.array([day], dtype="datetime64[D]"))[0]]]
        rates = per_euro / per_euro[RATES.column[asked["base"][0]]]
        wanted = asked.get("symbols", RATES.currencies)
        found = {code: rates[RATES.column[code]] for code in wanted if not np.isnan(rates[RATES.column[code]])}
        body = json.dumps({"base": asked["base"][0], "date": day, "rates": found}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    print(server.server_port, flush=True)
    server.serve_forever()
