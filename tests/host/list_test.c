/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/list.h and lib/hlist.h against strings that say what must be there. */
#include "lib/hlist.h"
#include "lib/list.h"

#include "test.h"

struct item {
	int value;
	struct list link;
	struct hlist_node hash;
};

static void expect(struct list *head, const char *text)
{
	struct item *i;
	const char *p = text;

	list_for_each (i, head, link)
		CHECK_EQ(i->value, *p++);
	CHECK_EQ(*p, 0);
	list_for_each_reverse (i, head, link)
		CHECK_EQ(i->value, *--p);
	CHECK(p == text);
}

TEST(list_order)
{
	struct list head = LIST_INIT(head), other = LIST_INIT(other);
	struct item i[5] = {
		{ .value = 'a' }, { .value = 'b' }, { .value = 'c' },
		{ .value = 'd' }, { .value = 'e' },
	};
	struct item *p, *tmp;

	CHECK(list_empty(&head));
	CHECK(!list_first_or_null(&head, struct item, link));
	list_add(&i[1].link, &head);
	CHECK(list_is_singular(&head));
	list_add(&i[0].link, &head);
	list_add_tail(&i[2].link, &head);
	expect(&head, "abc");
	CHECK(list_is_last(&i[2].link, &head));
	list_add_tail(&i[3].link, &other);
	list_add_tail(&i[4].link, &other);
	list_splice_tail(&other, &head);
	CHECK(list_empty(&other));
	expect(&head, "abcde");
	list_splice_tail(&other, &head);
	expect(&head, "abcde");
	list_move_tail(&i[0].link, &head);
	expect(&head, "bcdea");
	list_move(&i[3].link, &head);
	expect(&head, "dbcea");
	list_del(&i[2].link);
	CHECK(list_empty(&i[2].link));
	list_del(&i[2].link);
	expect(&head, "dbea");
	list_splice_tail(&head, &other);
	expect(&other, "dbea");
	CHECK_EQ(list_first_entry(&other, struct item, link)->value, 'd');
	CHECK_EQ(list_last_entry(&other, struct item, link)->value, 'a');
	list_for_each_safe (p, tmp, &other, link)
		list_del(&p->link);
	CHECK(list_empty(&other));
}

TEST(hlist)
{
	struct hlist_head head = { NULL };
	struct item i[4] = {
		{ .value = 0 }, { .value = 1 }, { .value = 2 }, { .value = 3 }
	};
	struct item *p, *tmp;
	int want = 3, seen = 0;

	for (int n = 0; n < 4; n++) {
		CHECK(!hlist_is_queued(&i[n].hash));
		hlist_add_head_rcu(&i[n].hash, &head);
		CHECK(hlist_is_queued(&i[n].hash));
	}
	hlist_for_each_rcu (p, &head, hash)
		CHECK_EQ(p->value, want--);
	hlist_del_rcu(&i[2].hash);
	CHECK(!hlist_is_queued(&i[2].hash));
	CHECK(i[2].hash.next == &i[1].hash); /* for readers */
	hlist_del(&i[3].hash);
	hlist_del(&i[3].hash);
	hlist_for_each (p, &head, hash)
		seen = seen * 10 + p->value;
	CHECK_EQ(seen, 10);
	hlist_for_each_safe (p, tmp, &head, hash)
		hlist_del(&p->hash);
	CHECK(hlist_empty(&head));
}
