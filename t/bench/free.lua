-- wrk: a free account a request.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"tier_id":"tier_demo","asset_class":"crypto","account_size":10000}'
