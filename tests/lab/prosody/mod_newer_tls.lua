-- What Debian's mod_sasl2 asks of a connection and Prosody 0.12 does not know yet, by LuaSec's own calls.
-- SPDX-License-Identifier: MIT
local newer = {};

function newer:ssl_info()
	return self:socket():info();
end

function newer:ssl_peerfinished()
	return self:socket():getpeerfinished();
end

function newer:ssl_exportkeyingmaterial(label, length, context)
	return self:socket():exportkeyingmaterial(label, length, context);
end

module:hook("stream-features", function (event)
	local methods = getmetatable(event.origin.conn).__index;
	for name, method in pairs(newer) do
		methods[name] = methods[name] or method;
	end
end, 100);
