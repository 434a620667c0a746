# A private PostgreSQL as a peer to measure against: one cluster in one folder, reached over TLS 1.3
# with the development certificates, durable as the gateway is. Sourced. Bash.
#
#   postgres_start DIR CERTS    makes the cluster and starts it; DIR is created
#   postgres_psql DIR ...       psql, as the superuser "bench"
#   postgres_pgbench DIR ...    pgbench, the same way; both go over TLS, never over the socket
#   postgres_stop DIR           stops and removes all of it; of no harm where nothing runs
#
# PostgreSQL refuses to run as root: it is then started as the user "postgres" of Debian's package.

postgres_bin() {
    local found=(/usr/lib/postgresql/*/bin)
    printf '%s\n' "${found[@]}" | sort -V | tail -1
}

# Runs the server's programs as a user that PostgreSQL accepts.
postgres_as() { # COMMAND...
    if [ "$(id -u)" -eq 0 ]; then
        # Not from here: the working folder may be closed to that user.
        (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
    else
        "$@"
    fi
}

# The cluster's folder: within DIR, unless the server's user cannot get there. Then elsewhere on the
# same disk if there is such a place, since what is compared waits for the disk.
postgres_place() { # DIR -> path
    local dir=$1 place
    mkdir -p "$dir/cluster"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres "$dir/cluster"
        if ! postgres_as test -w "$dir/cluster"; then
            rmdir "$dir/cluster"
            place=$(mktemp -d /var/tmp/muster-bench-XXXXXX)
            chown postgres "$place"
            ln -s "$place" "$dir/cluster"
            [ "$(stat -c %d "$dir")" = "$(stat -c %d "$place")" ] ||
                printf 'postgres: on another disk than %s: do not compare what waits for it\n' "$dir" >&2
        fi
    fi
    readlink -f "$dir/cluster"
}

postgres_free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Defaults, but for these: no smaller a cache and no more frequent checkpoints than the machine
# allows, so that the peer is at its best; the durability is the gateway's.
postgres_settings() { # PLACE
    cat <<TEXT
listen_addresses = '127.0.0.1'
unix_socket_directories = '$1'
ssl = on
ssl_ca_file = '$1/ca.pem'
ssl_cert_file = '$1/server.pem'
ssl_key_file = '$1/server.key'
ssl_min_protocol_version = 'TLSv1.3'
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 512MB
max_wal_size = 4GB
logging_collector = off
TEXT
}

postgres_start() { # DIR CERTS
    local dir=$1 certs=$2 place tools tries=0
    tools=$(postgres_bin)
    postgres_stop "$dir"
    place=$(postgres_place "$dir") || return 3
    postgres_as "$tools/initdb" --pgdata="$place/data" --username=bench --auth=trust --no-sync \
        --no-locale --encoding=UTF8 >"$dir/postgres.log" 2>&1 || { cat "$dir/postgres.log" >&2; return 3; }
    cp "$certs/ca.pem" "$place/ca.pem"
    cp "$certs/gateway-tls.pem" "$place/server.pem"
    cp "$certs/gateway-tls.key" "$place/server.key"
    printf 'hostssl all bench 127.0.0.1/32 trust clientcert=verify-ca\n' >"$place/data/pg_hba.conf"
    postgres_settings "$place" >>"$place/data/postgresql.conf"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres "$place"/ca.pem "$place"/server.* "$place/data/pg_hba.conf"
    fi
    : >"$place/log"
    [ "$(id -u)" -ne 0 ] || chown postgres "$place/log"
    # Between asking for a port and taking it somebody else may have it.
    while [ $tries -lt 5 ]; do
        tries=$((tries + 1))
        postgres_free_port >"$dir/port"
        cp "$certs"/{ca.pem,police-tls.pem,police-tls.key} "$dir/"
        if postgres_as "$tools/pg_ctl" --pgdata="$place/data" --log="$place/log" --wait --silent \
            --options="-p $(cat "$dir/port")" start >>"$dir/postgres.log" 2>&1; then
            return 0
        fi
    done
    cat "$dir/postgres.log" "$place/log" >&2
    return 3
}

postgres_stop() { # DIR
    local dir=$1 place
    [ -e "$dir/cluster" ] || return 0
    place=$(readlink -f "$dir/cluster")
    if [ -s "$place/data/postmaster.pid" ]; then
        postgres_as "$(postgres_bin)/pg_ctl" --pgdata="$place/data" --mode=immediate --wait --silent \
            stop >/dev/null 2>&1 || true
    fi
    rm -rf "$place" "$dir"
}

postgres_tool() { # DIR PROGRAM ARGUMENTS...
    local dir=$1 program=$2
    shift 2
    PGHOST=127.0.0.1 PGPORT=$(cat "$dir/port") PGUSER=bench PGDATABASE=postgres PGSSLMODE=verify-full \
        PGSSLROOTCERT=$dir/ca.pem PGSSLCERT=$dir/police-tls.pem PGSSLKEY=$dir/police-tls.key \
        "$(postgres_bin)/$program" "$@"
}

postgres_psql() { # DIR ARGUMENTS...
    local dir=$1
    shift
    postgres_tool "$dir" psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"
}

postgres_pgbench() { # DIR ARGUMENTS...
    local dir=$1
    shift
    postgres_tool "$dir" pgbench --no-vacuum --protocol=prepared "$@"
}
