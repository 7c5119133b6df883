-- Batches of twenty events by many visitors, every id once. Arguments: file of cookies, a name for this run.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  cookies, run, count = {}, args[2], 0
  for line in io.lines(args[1]) do cookies[#cookies + 1] = line end
  kinds = {"page_view", "product_view", "product_view", "search", "add_to_cart", "category_view"}
  headers = {["Content-Type"] = "application/json", ["User-Agent"] = "Mozilla/5.0 bench Firefox/128.0"}
end

function request()
  count = count + 1
  local now, events = os.time() * 1000, {}
  for n = 1, 20 do
    local kind = kinds[n % #kinds + 1]
    local product = n % 2 == 0 and string.format(',"product_id":"B%d"', (count * 7 + n) % 2000) or ""
    events[n] = string.format('{"event_id":"%s-%d-%d-%d","kind":"%s","occurred_at":%d%s}',
      run, number, count, n, kind, now - (20 - n) * 900, product)
  end
  headers["Cookie"] = cookies[(count * threads_all() + number) % #cookies + 1]
  local body = string.format('{"sent_at":%d,"events":[%s]}', now, table.concat(events, ","))
  return wrk.format("POST", nil, headers, body)
end

function threads_all() return 2 end

function done(summary, latency, requests)
  local wrong = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"wrong":%d,"p50":%.3f,"p99":%.3f}\n',
    summary.requests, summary.duration, wrong, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
