# A whole Muster in one folder: certificates, configurations, keys, a running gateway. Sourced by
# `run` for the demonstration and by the tests that need real processes. Bash.
#
# Needs $bin, the folder of the programs, and $root, the source tree. Every function takes the
# world's folder first.

# Makes certificates and configurations. The port is the one of gateway.conf, or what is given; 0 is
# any free one, which world_start then writes into the agents' configurations.
world_make() { # DIR [PORT]
    local dir=$1 port=${2:-}
    rm -rf "$dir"
    mkdir -p "$dir/conf" "$dir/exports"
    cp "$root"/gateway/conf/* "$root"/agents/conf/*.conf "$dir/conf/"
    [ -z "$port" ] || sed -i "s#^listen = .*#listen = \"tls+tcp://127.0.0.1:$port\"#" "$dir/conf/gateway.conf"
    "$root/certs/make-dev-certificates.sh" "$dir/certs"
    "$bin/musterd" --config "$dir/conf/gateway.conf" keys create --through "$(date -u -d '+30 months' +%Y-%m)" \
        >/dev/null
}

# Starts the gateway and waits until it is ready.
world_start() { # DIR
    local dir=$1 pid tries=0 conf
    rm -f "$dir/gateway.pid"
    setsid "$bin/musterd" --config "$dir/conf/gateway.conf" 2>>"$dir/gateway.log" </dev/null >/dev/null &
    pid=$!
    until [ -s "$dir/gateway.pid" ]; do
        if ! kill -0 "$pid" 2>/dev/null; then
            cat "$dir/gateway.log" >&2
            return 3
        fi
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then
            printf 'the gateway was not ready within 30 seconds; see %s\n' "$dir/gateway.log" >&2
            return 3
        fi
        sleep 0.05
    done
    for conf in "$dir"/conf/*.conf; do
        case $conf in */gateway.conf) continue ;; esac
        sed -i "s#^gateway = .*#gateway = \"$(cat "$dir/address")\"#" "$conf"
    done
    [ -e "$dir/enrolled" ] || world_enrol "$dir"
}

# SHA-256 of a certificate, as it is read out for enrolment.
world_fingerprint() { # FILE.pem
    openssl x509 -in "$1" -outform DER | sha256sum | cut -d' ' -f1
}

# The operator enrols the signing certificates of the world's agencies and of the LSCB, once.
world_enrol() { # DIR
    local dir=$1 certificate who pairs=()
    for certificate in "$dir"/certs/*-sign.pem; do
        who=$(basename "$certificate" -sign.pem)
        if [ "$who" = lscb ] || grep -q "^agency \"$who\"" "$dir/conf/gateway.conf"; then
            pairs+=(--agency "$who" --fingerprint "$(world_fingerprint "$certificate")")
        fi
    done
    world_ask "$dir" operator enrol --reference world "${pairs[@]}" >"$dir/enrolled" || return 3
}

# Whether a process runs: one that has ended and only waits to be collected does not.
world_runs() { # PID
    [ -d "/proc/$1" ] && ! grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

# Ends the gateway, if it is ours and runs, and waits for its end.
world_stop() { # DIR [SIGNAL]
    local dir=$1 signal=${2:-TERM} pid
    [ -s "$dir/gateway.pid" ] || return 0
    pid=$(cat "$dir/gateway.pid")
    # A file left by a machine that went down may name somebody else's process.
    # A program that was built anew since is shown as deleted.
    case $(readlink "/proc/$pid/exe" 2>/dev/null) in
    "$bin/musterd" | "$bin/musterd (deleted)")
        kill "-$signal" "$pid"
        while world_runs "$pid"; do sleep 0.02; done
        ;;
    esac
    rm -f "$dir/gateway.pid"
}

world_agent() { # DIR AGENCY ARGUMENTS...
    local dir=$1 agency=$2
    shift 2
    "$bin/muster-agent" --config "$dir/conf/$agency.conf" "$@"
}

world_ask() { # DIR WHO ARGUMENTS...
    local dir=$1 who=$2
    shift 2
    "$bin/muster" --config "$dir/conf/$who.conf" "$@"
}
