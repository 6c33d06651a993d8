-- skill.lua - for wrk: a skill call with a new request id each time (a repeated one would not run again). $TOKEN is from
-- ../Lab/peer.py.
local number = 0
local run = tostring({}):sub(8) .. os.time()

request = function()
  number = number + 1
  local body = string.format(
    '{"request_id":"%s-%d","skill":"text","tool":"word_count","arguments":{"text":"one two three"}}',
    run, number)
  return wrk.format("POST", "/v1/p2p/skill", {
    ["Authorization"] = "Bearer " .. os.getenv("TOKEN"), ["Content-Type"] = "application/json",
  }, body)
end
