/* A small log with published answers: seven leaves, a log key, a witness key, one receipt. Checked
 * with Go's x/mod, python3-cryptography and the openssl command line. */
#ifndef MUSTER_TEST_TLOG_EXAMPLE_H
#define MUSTER_TEST_TLOG_EXAMPLE_H

#define EXAMPLE_LEAVES 7
#define EXAMPLE_TIME   1700000000u

#define EXAMPLE_LOG_NAME     "log.muster.example/1"
#define EXAMPLE_LOG_KEY      "log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
#define EXAMPLE_WITNESS_NAME "witness.muster.example/agency-a"
#define EXAMPLE_WITNESS_KEY \
    "witness.muster.example/agency-a+d0830616+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X"

#define EXAMPLE_TEXT "log.muster.example/1\n7\nCLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD4=\n"
#define EXAMPLE_LOG_LINE                                \
    "\xe2\x80\x94 log.muster.example/1 "                \
    "naATeSRBtT74lT7JyTIYWSug2ucDn6Y0pOqbLcW6l1W2jZ4//" \
    "9B8waMoc/gSCo1njdnefJV8CMI4JcsQTyAr1bgmiwo=\n"
#define EXAMPLE_WITNESS_LINE                                                               \
    "\xe2\x80\x94 witness.muster.example/agency-a "                                        \
    "0IMGFgAAAABlU/EAXJQ1Re1PihEkRbVLNduQF4Fm5TYJfg+Cqv7DDCEBtjsAsHuakVRrILhqPut9Tpu7Mfa/" \
    "f0Xt6gUTXxfi7Ee/AQ==\n"
#define EXAMPLE_CHECKPOINT EXAMPLE_TEXT "\n" EXAMPLE_LOG_LINE EXAMPLE_WITNESS_LINE

#define EXAMPLE_EXTRA "extra ZWNobw==\n"
#define EXAMPLE_PROOF                                \
    "JP36SsvFBSHEev8mFEOqkBzJCFSQroAKEmXuX2angug=\n" \
    "NGdTvch6BRjw0CARAVISoDcnhk1BB65jC77WKZg65hQ=\n" \
    "6HK/IqrhL7vcQZyaa0LuMJQ1OdCMXeEperxPhH08FkQ=\n"
#define EXAMPLE_RECEIPT \
    "c2sp.org/tlog-proof@v1\n" EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT

#endif
