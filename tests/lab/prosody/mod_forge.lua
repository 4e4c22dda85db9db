-- A server that lies: in what accounts named forged-… send, every DTLS fingerprint is another one.
-- SPDX-License-Identifier: MIT
local function turned (text)
  return (text:gsub ("%x", function (digit)
    return ("%X"):format (15 - tonumber (digit, 16))
  end))
end

local function each (tag)
  for index, child in ipairs (tag) do
    if type (child) == "table" then
      each (child)
    elseif tag.name == "fingerprint" then
      tag[index] = turned (child)
    end
  end
end

module:hook ("pre-iq/full", function (event)
  local from = event.origin.username or ""
  if from:find ("^forged%-") then
    each (event.stanza)
  end
end, 100)
