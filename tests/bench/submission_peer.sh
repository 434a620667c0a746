# The peer of the submission path: scripts for pgbench. Sourced, with postgres.sh. Bash.

# A row of the size of what an agent sends of a referral.
peer_payload=$(printf '%0400d' 0 | tr 0 x)

peer_values() { # ROWS TEXT -> "TEXT, TEXT, ..."
    local row
    for ((row = 0; row < $1; row++)); do
        [ "$row" -eq 0 ] || printf ', '
        printf '%s' "$2"
    done
}

# One transaction of three statements. Every payload travels as a parameter of its own, as it would
# from an application.
peer_script() { # ROWS
    printf 'BEGIN;\n'
    printf "INSERT INTO submission (key, version, agency, kind, payload) VALUES %s;\n" \
        "$(peer_values "$1" "(nextval('next_key'), 1, 'police', 1, :payload)")"
    printf "INSERT INTO referral (key, child, source_code, request_kind, route) VALUES %s;\n" \
        "$(peer_values "$1" "(currval('next_key'), (random() * 1000000)::bigint, '6', 'safeguarding', 'marf')")"
    printf "INSERT INTO audit (actor, action, key) VALUES %s;\nEND;\n" \
        "$(peer_values "$1" "('police', 'C', currval('next_key'))")"
}

# -> "transactions a second, median us, 99th percentile us"
peer_run() { # DIR CLIENTS ROWS SECONDS
    local dir=$1 clients=$2 rows=$3 seconds=$4 threads
    threads=$(( clients < 2 ? 1 : 2 ))
    peer_script "$rows" >"$dir/script.sql"
    rm -f "$dir"/pgbench.*
    (cd "$dir" && postgres_pgbench "$dir" --client="$clients" --jobs="$threads" --time="$seconds" --log \
        --define=payload="$peer_payload" --file=script.sql postgres >pgbench.out 2>pgbench.err) ||
        { cat "$dir/pgbench.err" >&2; return 3; }
    cat "$dir"/pgbench_log.* | cut -d' ' -f3 | sort -n >"$dir/times"
    rm -f "$dir"/pgbench_log.*
    awk -v tps="$(awk '/^tps/ {print $3}' "$dir/pgbench.out")" '
        {at[NR] = $1}
        END {printf "%d %d %d\n", tps, at[int((NR + 1) / 2)], at[int((NR * 99 + 99) / 100)]}' "$dir/times"
}
