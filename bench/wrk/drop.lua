-- wrk as a crowd: each request is one tap of the next shopper, with a key of its own.
--   TOKENS=file (one a line, from ./flashsale drop --tokens) CAMPAIGN=id SKU=id \
--   wrk -t2 -c128 -d30s -s bench/wrk/drop.lua http://127.0.0.1:8080
-- Ends with how many answers were 201, sold_out, and anything else.

local threads = {}

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

local tokens, path, body, n = {}, nil, nil, 0

function init(args)
  for line in io.lines(os.getenv("TOKENS")) do tokens[#tokens + 1] = line end
  path = "/v1/campaigns/" .. os.getenv("CAMPAIGN") .. "/holds"
  body = '{"sku":"' .. os.getenv("SKU") .. '","quantity":1}'
  created, sold_out, other = 0, 0, 0
end

function request()
  n = n + 1
  -- Threads begin at different shoppers, so that no shopper is asked for twice as often as the rate allows.
  local token = tokens[(id * math.floor(#tokens / 2) + n) % #tokens + 1]
  return wrk.format("POST", path, {
    ["Authorization"] = "Bearer " .. token,
    ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = "wrk-" .. id .. "-" .. n,
  }, body)
end

function response(status, headers, text)
  if status == 201 then created = created + 1
  elseif text:find('"sold_out"', 1, true) then sold_out = sold_out + 1
  else
    other = other + 1
    if other <= 3 then print("odd answer: " .. status .. " " .. text) end
  end
end

function done(summary, latency, requests)
  local c, s, o = 0, 0, 0
  for _, thread in ipairs(threads) do
    c, s, o = c + thread:get("created"), s + thread:get("sold_out"), o + thread:get("other")
  end
  print(string.format("201 %d, sold_out %d, other %d, socket errors %d; 201 or sold_out: %.2f %%",
    c, s, o, summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, 100 * (c + s) / (c + s + o)))
end
