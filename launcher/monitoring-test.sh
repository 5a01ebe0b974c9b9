# Whether the dashboards, the alert rules and docs/observability.md tell the truth: a real Prometheus
# scrapes the running system and is asked everything that they ask. For system-test.sh, which has
# fail, remembered, API and SCRATCH.

readonly MONITORING_DEADLINE=60

# Starts a Prometheus with the example's configuration, but for the ports and a shorter interval.
start_prometheus() {
  local folder=$SCRATCH/prometheus service default_port=9000 config deadline=$((SECONDS + 20))
  mkdir -p "$folder"
  config=$(cat monitoring/prometheus/prometheus.yml)
  for service in producer routing scheduler worker; do
    config=${config//127.0.0.1:$default_port/127.0.0.1:$(remembered "$service.management-port")}
    default_port=$((default_port + 1))
  done
  printf '%s\n' "$config" | sed 's/_interval: .*/_interval: 1s/' >"$folder/prometheus.yml"
  cp monitoring/prometheus/tallo-alerts.yml "$folder"
  prometheus --config.file="$folder/prometheus.yml" --storage.tsdb.path="$folder/data" \
    --web.listen-address=127.0.0.1:0 >"$folder/log" 2>&1 &
  PROMETHEUS_PID=$!
  # It has taken a free port, and says which.
  until PROMETHEUS=$(sed -n 's/.*msg="Listening on".*address=\([0-9.:]*\).*/\1/p' "$folder/log") &&
    [ -n "$PROMETHEUS" ] && curl -fsS -o /dev/null -m 2 "http://$PROMETHEUS/-/ready" 2>/dev/null; do
    kill -0 "$PROMETHEUS_PID" 2>/dev/null || fail 'Prometheus ended:' "$(tail "$folder/log")"
    [ "$SECONDS" -lt "$deadline" ] || fail 'Prometheus is not ready:' "$(tail "$folder/log")"
    sleep 0.2
  done
}

stop_prometheus() {
  [ -n "${PROMETHEUS_PID:-}" ] || return 0
  kill "$PROMETHEUS_PID" 2>/dev/null || true
  wait "$PROMETHEUS_PID" 2>/dev/null || true
  PROMETHEUS_PID=''
}

# prometheus_api PATH ARGUMENT...: the data of an answer, as JSON; fails if it is an error.
prometheus_api() {
  local path=$1 answer
  shift
  answer=$(curl -sS -m 10 -G "http://$PROMETHEUS/api/v1/$path" "$@")
  printf '%s' "$answer" | jq -ce 'if .status == "success" then .data else error(.error) end' 2>&1 ||
    fail "Prometheus refuses: $path $*" "$answer"
}

# ask QUERY: its result, a list; fails if it is wrong.
ask() { prometheus_api query --data-urlencode "query=$1" | jq -c '.result'; }

submit() {
  curl -fsS -o /dev/null "$API/api/v1/tasks" -H 'Content-Type: application/json' -d "$1" ||
    fail "not accepted: $1"
}

add_rule() {
  curl -fsS -o /dev/null "$API/api/v1/routes" -H 'Content-Type: application/json' -d "$1" ||
    fail "not a rule: $1"
}

# Has everything happen that the dashboards show: ends of all kinds, rules of all kinds, letters.
make_work_for_the_dashboards() {
  local i deadline=$((SECONDS + 60))
  add_rule '{"id": "waiting", "match": {"task": "monitoring.waits"}, "queue": "nobody"}'
  add_rule '{"id": "leaving", "match": {"task": "monitoring.leaves"}, "queue": "gone"}'
  add_rule '{"id": "refusing", "match": {"task": "monitoring.refused"}, "reject": "not here"}'
  add_rule '{"id": "slow", "match": {"task": "monitoring.slow"}, "queue": "nobody", "limit": {"rate": "1/m"}}'
  add_rule '{"id": "copying", "match": {"task": "demo.echo"}, "queue": "default", "mirror": "copies"}'
  submit '{"task": "monitoring.leaves"}'
  for i in 1 2 3 4 5; do
    submit '{"task": "demo.add", "args": [1, '$i']}'
    submit '{"task": "demo.echo", "args": ["once more"]}'
    submit '{"task": "demo.fail", "args": ["as it should"], "max_retries": 0}'
    submit '{"task": "demo.fail", "args": ["again"], "max_retries": 1, "retry_backoff": 0.1}'
    submit '{"task": "monitoring.waits"}'
    submit '{"task": "monitoring.refused"}'
    submit '{"task": "monitoring.slow"}'
  done
  # What comes due for a queue that is gone is a dead letter. The queue was made by its first task.
  until curl -fsS -o /dev/null "$API/api/v1/tasks" -H 'Content-Type: application/json' \
    -d '{"task": "demo.add", "args": [1, 2], "queue": "gone", "countdown": 20}' 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || fail "the routing does not make the queue 'gone'"
    sleep 0.2
  done
  ./tallo rabbitmqctl delete_queue gone >/dev/null
}

# Queries as a dashboard has them, with what Grafana puts in for its variables.
dashboard_queries() {
  jq -r '
    def filled: gsub("\\$__rate_interval"; "20s") | gsub("\\$__range"; "1m")
      | gsub("\\$(task|queue|instance|job)\\b"; ".*");
    input_filename as $file
    | (.. | objects | select(has("expr")) | [$file, (.expr | filled), .legendFormat]),
      (.templating.list[] | select(.type == "query")
        | [$file, (.definition | capture("label_values\\((?<metric>[^,]*), (?<label>.*)\\)")
            | "count by (\(.label)) (\(.metric){\(.label)!=\"\"})"), ""])
    | @tsv' monitoring/grafana/*.json
}

# Every query of a dashboard has data, with the labels that its legend names.
dashboards_have_data() {
  local file query legend result wanting deadline=$((SECONDS + MONITORING_DEADLINE)) left
  dashboard_queries | sed 's/\\\\/\\/g' >"$SCRATCH/queries"
  [ "$(wc -l <"$SCRATCH/queries")" -gt 50 ] || fail 'the queries of the dashboards were not found'
  while :; do
    : >"$SCRATCH/left"
    while IFS=$'\t' read -r file query legend; do
      result=$(ask "$query")
      wanting=$(jq -rn --argjson result "$result" --arg legend "$legend" '
        if ($result | length) == 0 then "no data"
        else [$legend | scan("{{ *([a-z_]+) *}}")[0]]
          - [$result[].metric | keys[]] | if length > 0 then "no label " + join(", ") else "" end
        end')
      [ -z "$wanting" ] || printf '%s\t%s\t%s\t%s\n' "$file" "$query" "$legend" "$wanting" >>"$SCRATCH/left"
    done <"$SCRATCH/queries"
    [ -s "$SCRATCH/left" ] || return 0
    left=$(awk -F '\t' '{ print $1 ": " $4 ": " $2 }' "$SCRATCH/left")
    [ "$SECONDS" -lt "$deadline" ] || fail 'queries of dashboards without data:' "$left"
    cut -f 1-3 "$SCRATCH/left" >"$SCRATCH/queries"
    sleep 1
  done
}

# A series also when its last scrape took longer than it may.
lately() {
  printf 'last_over_time(%s[1m])' "$1"
}

# Every rule is evaluated, and what it looks at is there, with the labels that it groups by.
rules_see_what_they_look_at() {
  local query selector selectors label seen broken
  broken=$(prometheus_api rules | jq -r '.groups[].rules[] | select(.health == "err") | .name + ": " + .lastError')
  [ -z "$broken" ] || fail 'rules that cannot be evaluated:' "$broken"
  prometheus_api rules | jq -r '.groups[].rules[].query' >"$SCRATCH/rules"
  [ "$(wc -l <"$SCRATCH/rules")" -gt 10 ] || fail 'the rules were not loaded'
  while IFS= read -r query; do
    selectors=$(printf '%s' "$query" | grep -oE '\b(tallo_[a-z_]+|up)\b' | sort -u)
    for selector in $selectors; do
      [ "$(ask "$(lately "$selector")")" != '[]' ] || fail "a rule looks at what is not there: $selector" "$query"
    done
    for label in $(grouped_by by "$query"); do
      seen=''
      for selector in $selectors; do
        seen=$seen$(ask "count($(lately "$selector{$label!=\"\"}")) > 0" | jq -r '.[].value[1]')
      done
      [ -n "$seen" ] || fail "a rule groups by '$label', which nothing has:" "$query"
    done
    for label in $(grouped_by on "$query"); do
      for selector in $selectors; do
        [ "$(ask "count($(lately "$selector{$label!=\"\"}")) > 0")" != '[]' ] ||
          fail "a rule matches $selector by '$label', which it does not have:" "$query"
      done
    done
  done <"$SCRATCH/rules"
}

# grouped_by WORD QUERY: the labels in the parentheses after "by" or "on".
grouped_by() {
  printf '%s' "$2" | grep -oE "\b$1 ?\([a-z_, ]+\)" | sed 's/.*(//; s/)//' | tr -d ' ' | tr ',' '\n' | sort -u
}

# metrics_there: each metric of Tallo as the document has it: name, type and labels.
metrics_there() {
  prometheus_api series --data-urlencode 'match[]={__name__=~"tallo_.*"}' | jq -r '
    map(.__name__) as $names
    | def family: sub("_(bucket|count|sum|max)$"; "") as $base
        | if $names | any(. == $base + "_count") then $base else . end;
      def kind: . as $f
        | if $f | endswith("_total") then "counter"
          elif $names | any(. == $f + "_bucket") then "histogram"
          elif $names | any(. == $f + "_count") then "summary"
          else "gauge" end;
      group_by(.__name__ | family)[]
    | (.[0].__name__ | family) as $f
    | "\($f) \($f | kind) \([.[] | keys[]] - ["__name__", "job", "instance", "le"] | unique | join(","))"' | sort -u
}

# metrics_documented: the same, from the tables of the document: | `name` | type | `label`, ... | ...
metrics_documented() {
  sed -n 's/^| `\(tallo_[a-z_]*\)` | \([a-z]*\) | \([^|]*\) |.*/\1 \2 \3/p' docs/observability.md |
    tr -d '`' | sed 's/, /,/g; s/ *$//; s/ -$/ /' | sort -u
}

every_metric_is_documented_and_there() {
  local differences deadline=$((SECONDS + MONITORING_DEADLINE))
  until differences=$(diff <(metrics_documented) <(metrics_there)); do
    [ "$SECONDS" -lt "$deadline" ] ||
      fail 'docs/observability.md (<) and what is there (>) are not the same:' "$differences"
    sleep 1
  done
}

monitoring_shows_the_system() {
  start_prometheus
  make_work_for_the_dashboards
  dashboards_have_data
  rules_see_what_they_look_at
  every_metric_is_documented_and_there
  stop_prometheus
}
