/* Mailboxes of a running service: one cause gives one message, only its owner sees it, and it waits
 * until it is acknowledged. */
#include "service_world.h"

#include <stdio.h>
#include <string.h>

#include "gateway/service/mailbox.h"

static struct mailbox_note note_to(const char *owner, const char *cause, const char *text)
{
    static const struct codec_reference reference = {"escalation_id", "ESC-1"};
    return (struct mailbox_note){
        .owner = owner, .kind = "test.notice", .cause = cause, .body = {text, &reference, 1}};
}

static void announce(struct service_world *world, const struct mailbox_note *notes, size_t count)
{
    struct muster_err e = {MUSTER_OK, ""};
    if (mailbox_announce(world->service, notes, count, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
}

/* The writer takes its queue in order: what was announced before has been put when it answers. */
static struct codec_mailbox_reply read_box(struct service_world *world, enum world_who who,
                                           const struct codec_mailbox *ask)
{
    const struct codec_request request = {.type = CODEC_REQUEST_MAILBOX, .mailbox = *ask};
    struct codec_reply reply = world_ask(world, who, &request);
    assert_int_equal(reply.type, CODEC_REPLY_MAILBOX);
    assert_non_null(reply.mailbox.checkpoint);
    return reply.mailbox;
}

static const struct codec_mailbox everything = {.count = MUSTER_MAILBOX_MESSAGES};

static void assert_says(struct service_world *world, const struct codec_message *message,
                        const char *text)
{
    struct codec_message_body body;
    assert_string_equal(message->kind, "test.notice");
    assert_int_equal(codec_message_body_decode(message->body, &world->arena, &body, NULL),
                     MUSTER_OK);
    assert_string_equal(body.text, text);
    assert_int_equal(body.count, 1);
    assert_string_equal(body.references[0].name, "escalation_id");
    assert_string_equal(body.references[0].value, "ESC-1");
}

static void test_mailbox_when_a_cause_is_announced_again_then_one_message(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct mailbox_note notes[] = {
        note_to("police", "one", "first"), note_to("police", "two", "second"),
        note_to("police", "one", "first, in other words"), note_to("health", "one", "to health")};
    announce(world, notes, 4);
    announce(world, notes, 4);
    world_restart(world);
    announce(world, notes, 4);

    struct codec_mailbox_reply box = read_box(world, WORLD_POLICE, &everything);

    assert_int_equal(box.count, 2);
    assert_int_equal(box.waiting, 0);
    assert_says(world, &box.messages[0], "first");
    assert_says(world, &box.messages[1], "second");
    assert_true(box.messages[0].leaf_index < box.messages[1].leaf_index);
    box = read_box(world, WORLD_HEALTH, &everything);
    assert_int_equal(box.count, 1);
    assert_says(world, &box.messages[0], "to health");
}

static void test_mailbox_when_acknowledged_then_it_never_comes_again(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct mailbox_note notes[] = {note_to("police", "one", "first"),
                                         note_to("police", "two", "second"),
                                         note_to("lscb", "one", "to the Board")};
    announce(world, notes, 3);
    struct codec_mailbox_reply box = read_box(world, WORLD_POLICE, &everything);
    assert_int_equal(box.count, 2);
    struct muster_uuid first = box.messages[0].id;
    struct muster_uuid second = box.messages[1].id;

    /* Unacknowledged they come again. */
    assert_int_equal(read_box(world, WORLD_POLICE, &everything).count, 2);
    /* Another owner's acknowledgement changes nothing, nor does an unknown id. */
    const struct muster_uuid foreign[] = {first, {{1, 2, 3}}};
    const struct codec_mailbox meddle = {.acknowledged = foreign, .acknowledged_count = 2};
    assert_int_equal(read_box(world, WORLD_HEALTH, &meddle).count, 0);
    assert_int_equal(read_box(world, WORLD_POLICE, &everything).count, 2);

    const struct codec_mailbox one = {
        .acknowledged = &first, .acknowledged_count = 1, .count = MUSTER_MAILBOX_MESSAGES};
    box = read_box(world, WORLD_POLICE, &one);
    assert_int_equal(box.count, 1);
    assert_memory_equal(&box.messages[0].id, &second, sizeof second);
    world_restart(world);
    announce(world, notes, 3);
    assert_int_equal(read_box(world, WORLD_POLICE, &everything).count, 1);
    assert_int_equal(read_box(world, WORLD_LSCB, &everything).count, 1);
}

static void test_mailbox_when_few_are_asked_for_then_the_rest_is_counted(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct codec_mailbox one = {.count = 1};
    const struct codec_mailbox none = {.count = 0};
    const struct mailbox_note notes[] = {note_to("police", "one", "first"),
                                         note_to("police", "two", "second"),
                                         note_to("police", "three", "third")};
    announce(world, notes, 3);

    struct codec_mailbox_reply box = read_box(world, WORLD_POLICE, &one);
    assert_int_equal(box.count, 1);
    assert_int_equal(box.waiting, 2);
    assert_says(world, &box.messages[0], "first");
    box = read_box(world, WORLD_POLICE, &none);
    assert_int_equal(box.count, 0);
    assert_int_equal(box.waiting, 3);
}

/* Each message nearly as large as one may be: a reply must fit its frame, and none be lost. */
static void test_mailbox_when_bodies_are_large_then_several_replies_bring_all(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    static char text[30000];
    struct mailbox_note notes[40];
    char causes[40][8];
    size_t got = 0;
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < 40; i++) {
        (void)snprintf(causes[i], sizeof causes[i], "c%zu", i);
        notes[i] = note_to("police", causes[i], text);
    }
    announce(world, notes, 40);

    struct muster_uuid kept[MUSTER_MAILBOX_MESSAGES];
    struct codec_mailbox ask = everything;
    for (int replies = 0; replies < 10; replies++) {
        struct codec_mailbox_reply box = read_box(world, WORLD_POLICE, &ask);
        assert_int_equal(box.count + box.waiting + got, 40);
        for (size_t i = 0; i < box.count; i++) {
            kept[i] = box.messages[i].id;
        }
        got += box.count;
        ask.acknowledged = kept;
        ask.acknowledged_count = box.count;
        if (box.count == 0) {
            break;
        }
    }
    assert_int_equal(got, 40);
}

static void test_mailbox_when_it_is_another_ones_then_denied_and_logged(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct mailbox_note note = note_to("police", "one", "first");
    const struct codec_request council = {
        .type = CODEC_REQUEST_MAILBOX,
        .mailbox = {.owner = "police", .count = MUSTER_MAILBOX_MESSAGES}};
    const struct codec_request own = {.type = CODEC_REQUEST_MAILBOX, .mailbox = everything};
    announce(world, &note, 1);
    uint64_t before = world_log_size(world);

    struct codec_reply reply = world_ask(world, WORLD_COUNCIL, &council);
    world_assert_failure(&reply, "other_agency");
    reply = world_ask(world, WORLD_LSCB, &council);
    world_assert_failure(&reply, "other_agency");
    reply = world_ask(world, WORLD_AUDITOR, &own);
    world_assert_failure(&reply, "role_not_allowed");
    assert_true(world_log_size(world) == before + 3);

    /* Handing out is one entry, acknowledging another; looking into an empty box is none. */
    const struct muster_uuid id = read_box(world, WORLD_POLICE, &everything).messages[0].id;
    assert_true(world_log_size(world) == before + 4);
    const struct codec_mailbox again = {
        .acknowledged = &id, .acknowledged_count = 1, .count = MUSTER_MAILBOX_MESSAGES};
    assert_int_equal(read_box(world, WORLD_POLICE, &again).count, 0);
    assert_true(world_log_size(world) == before + 5);
    assert_int_equal(read_box(world, WORLD_POLICE, &everything).count, 0);
    assert_true(world_log_size(world) == before + 5);
}

static void test_mailbox_when_submitting_for_an_agency_then_its_box_too(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    static const char *const school[] = {"school"};
    const struct mailbox_note note = note_to("school", "one", "to the school");
    const struct codec_mailbox ask = {.owner = "school", .count = 1};
    world->agencies[WORLD_HEALTH].submits_for = school;
    world->agencies[WORLD_HEALTH].submits_for_count = 1;
    announce(world, &note, 1);

    struct codec_mailbox_reply box = read_box(world, WORLD_HEALTH, &ask);

    assert_int_equal(box.count, 1);
    assert_says(world, &box.messages[0], "to the school");
    world->agencies[WORLD_HEALTH].submits_for_count = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_mailbox_when_a_cause_is_announced_again_then_one_message, world_bare, world_stop),
        cmocka_unit_test_setup_teardown(test_mailbox_when_acknowledged_then_it_never_comes_again,
                                        world_bare, world_stop),
        cmocka_unit_test_setup_teardown(
            test_mailbox_when_few_are_asked_for_then_the_rest_is_counted, world_bare, world_stop),
        cmocka_unit_test_setup_teardown(
            test_mailbox_when_bodies_are_large_then_several_replies_bring_all, world_bare,
            world_stop),
        cmocka_unit_test_setup_teardown(test_mailbox_when_it_is_another_ones_then_denied_and_logged,
                                        world_bare, world_stop),
        cmocka_unit_test_setup_teardown(test_mailbox_when_submitting_for_an_agency_then_its_box_too,
                                        world_bare, world_stop),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
