-- One event a request, visit after visit. Arguments: file of cookies, a name for this run, events of a visit.
-- Visits of five have a decision point at their last event; visits of four have none.
local threads = 0
local LANES = 48

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  cookies, run, length, count = {}, args[2], tonumber(args[3]), 0
  for line in io.lines(args[1]) do cookies[#cookies + 1] = line end
  headers = {["Content-Type"] = "application/json", ["User-Agent"] = "Mozilla/5.0 bench Firefox/128.0"}
end

function request()
  local lane, turn = count % LANES, math.floor(count / LANES)
  local step, visit = (turn + lane) % length, math.floor((turn + lane % length) / length)
  count = count + 1
  local who = (visit * LANES + lane) * 2 + number
  headers["Cookie"] = cookies[who % #cookies + 1]
  local body = string.format(
    '{"sent_at":%d,"events":[{"event_id":"%s-%d-%d-%d","kind":"product_view","occurred_at":%d,"product_id":"B%d"}]}',
    os.time() * 1000, run, number, who, step, os.time() * 1000, who % 2000)
  return wrk.format("POST", "/capture/", headers, body)
end


function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"wrong":%d,"p50":%.3f,"p99":%.3f}\n',
    summary.requests, summary.duration, wrong, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
