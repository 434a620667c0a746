/* Part of every program in the build under the thread sanitizer, and of no other.
 *
 * The network library counts its references with atomics that the sanitizer cannot see, since
 * Debian's build of it is not instrumented: what it frees in a thread of its own looks like a race
 * with the caller. Ours is still watched. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:libnng.so";
}
