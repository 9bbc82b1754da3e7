import { lateness, queueAheadMsMax } from './rate-limit-rules.ts'

/**
 * A limit is a list of its newest `count` grants, newest first: the next one is free when the oldest of them is a window
 * old. A second list holds the times that waiting askers were told, so that the next of them is told a later one.
 *
 * KEYS: per limit its grants and its promises. ARGV[1]: the time, empty for Redis's own. ARGV[2]: the requests, as
 * { isQueued, tellsLeft, limits: { { count, windowMs } } }. Returns per request { 0-based limit, freeInMs }, or { -1, 0, left } when
 * granted; left is -1 where nobody asked for it.
 */
export const rateLimitScript = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function readFree(grants, count, windowMs)
  local oldest = redis.call('LINDEX', grants, count - 1)
  return oldest and math.max(now, tonumber(oldest) + windowMs) or now
end

local function dropPast(promises)
  local oldest = redis.call('LINDEX', promises, -1)
  while oldest and tonumber(oldest) <= now do
    redis.call('RPOP', promises)
    oldest = redis.call('LINDEX', promises, -1)
  end
end

local function readTurn(grants, promises, count, windowMs, late)
  dropPast(promises)
  local waiting = redis.call('LLEN', promises)
  local before
  if waiting >= count then before = redis.call('LINDEX', promises, count - 1)
  else before = redis.call('LINDEX', grants, count - 1 - waiting) end
  local turn = before and tonumber(before) + windowMs + late or now
  local last = redis.call('LINDEX', promises, 0)
  return math.max(turn, last and tonumber(last) or now)
end

local function keep(list, at, count, forMs)
  redis.call('LPUSH', list, at)
  redis.call('LTRIM', list, 0, count - 1)
  redis.call('PEXPIRE', list, forMs)
end

-- Newest first, so what still counts is the beginning of the list: its end is found by halves.
local function countLeft(grants, count, windowMs)
  local used, past = 0, redis.call('LLEN', grants)
  while used < past do
    local middle = math.floor((used + past) / 2)
    if tonumber(redis.call('LINDEX', grants, middle)) > now - windowMs then used = middle + 1 else past = middle end
  end
  return count - used
end

local answers = {}
local first = 1
for index, request in ipairs(cjson.decode(ARGV[2])) do
  local limiting, freeAt, left = -1, now, -1
  for number, limit in ipairs(request.limits) do
    local free = readFree(KEYS[first + 2 * (number - 1)], limit.count, limit.windowMs)
    if free > freeAt then limiting, freeAt = number - 1, free end
  end
  for number, limit in ipairs(request.limits) do
    local grants = KEYS[first + 2 * (number - 1)]
    local promises = KEYS[first + 2 * (number - 1) + 1]
    if limiting == -1 then
      keep(grants, now, limit.count, limit.windowMs)
      if request.tellsLeft then
        local own = countLeft(grants, limit.count, limit.windowMs)
        left = left == -1 and own or math.min(left, own)
      end
    elseif request.isQueued and readFree(grants, limit.count, limit.windowMs) > now then
      local late = math.min(${lateness.msMax}, math.floor(limit.windowMs * ${lateness.shareOfWindow}))
      local turn = readTurn(grants, promises, limit.count, limit.windowMs, late)
      turn = math.min(turn, now + limit.windowMs + ${queueAheadMsMax})
      keep(promises, turn, limit.count, math.max(1, turn - now))
      freeAt = math.max(freeAt, turn)
    end
  end
  answers[index] = { limiting, freeAt - now, left }
  first = first + 2 * #request.limits
end
return answers
`
