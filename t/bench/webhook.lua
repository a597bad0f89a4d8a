-- wrk: one signed event a request, each with an id of its own.  The file of argument 1 holds one
-- line "id signature-header" an event; every thread takes its own share of them.
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(args)
	events, position = {}, 0
	local i = 0
	for line in io.lines(args[1]) do
		if i % 2 == number then
			local id, signature = line:match("^(%S+) (%S+)$")
			events[#events + 1] = { id, signature }
		end
		i = i + 1
	end
	local file = io.open(args[2])
	body = file:read("*a")
	file:close()
	headers = { ["Content-Type"] = "application/json" }
end

function request()
	position = position % #events + 1
	headers["Stripe-Signature"] = events[position][2]
	return wrk.format("POST", nil, headers, (body:gsub("EVENT_ID", events[position][1])))
end
