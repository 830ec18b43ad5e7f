/* A gRPC backend that costs next to nothing: HTTP/2 in one epoll loop, messages serialised ahead.

   backend TEMPLATES HELLO each|turns
     TEMPLATES   serialised response messages, sent in turn
     HELLO       a template file with what every call gets at once (a bookmark), or -
     each        every call gets every event;  turns: each event goes to one call, in turn
   Each message has a DATA frame of its own, or several where it is large, as gRPC servers send them. Listens on a free
   port, takes any call, and the commands of events.h on stdin. It never looks into a request, so it needs no HPACK:
   whichever method is called, the answer is this stream. Flow control is kept as HTTP/2 has it. */
#include "events.h"

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE };
#define PREFACE 24
#define LARGEST_FRAME 16384
#define OUT_LIMIT (1 << 19)

typedef struct {
    unsigned char *bytes;
    size_t size, room;
} Buffer;

typedef struct {
    uint32_t id;
    int64_t window;
    uint64_t owed, sequence;
    Buffer rest;        /* framed messages that no DATA frame has taken yet */
    size_t taken;
} Call;

typedef struct {
    int fd, greeted, blocked;
    int64_t window, first_window;
    uint32_t frame;
    Call *calls;
    size_t count;
    Buffer in, out;
} Peer;

static Peer **peers;
static size_t peer_count, kinds, hellos, turn;
static Template *all, *hello;
static int epoll, each;

static unsigned char *add(Buffer *b, size_t size) {
    if (b->size + size > b->room) b->bytes = realloc(b->bytes, b->room = (b->size + size) * 2);
    b->size += size;
    return b->bytes + b->size - size;
}

static void number(unsigned char *at, int size, uint64_t value) {
    while (size--) at[size] = (unsigned char)value, value >>= 8;
}

static uint32_t read_number(const unsigned char *at, int size) {
    uint32_t value = 0;
    while (size--) value = value << 8 | *at++;
    return value;
}

static unsigned char *frame(Peer *p, int type, int flags, uint32_t call, size_t size) {
    unsigned char *at = add(&p->out, 9 + size);
    number(at, 3, size), at[3] = (unsigned char)type, at[4] = (unsigned char)flags, number(at + 5, 4, call);
    return at + 9;
}

static void add_message(Call *c, Template *t) {
    stamp(t, now_ns(), c->sequence);
    unsigned char *at = add(&c->rest, 5 + t->size);
    at[0] = 0, number(at + 1, 4, t->size), memcpy(at + 5, t->bytes, t->size);
}

/* Takes messages that are owed into DATA frames, as far as the windows reach. */
static void feed(Peer *p, Call *c) {
    while (p->out.size < OUT_LIMIT && p->window > 0 && c->window > 0) {
        if (c->owed && c->rest.size == c->taken) add_message(c, all + c->sequence % kinds), c->owed--, c->sequence++;
        size_t size = c->rest.size - c->taken;
        if (!size) return;
        if (size > p->frame) size = p->frame;
        if ((int64_t)size > p->window) size = (size_t)p->window;
        if ((int64_t)size > c->window) size = (size_t)c->window;
        memcpy(frame(p, DATA, 0, c->id, size), c->rest.bytes + c->taken, size);
        p->window -= (int64_t)size, c->window -= (int64_t)size;
        if ((c->taken += size) == c->rest.size) {
            c->taken = c->rest.size = 0;
            if (c->rest.room > 1 << 16) free(c->rest.bytes), c->rest = (Buffer){0};
        } else if (c->taken > 1 << 20) {
            memmove(c->rest.bytes, c->rest.bytes + c->taken, c->rest.size -= c->taken), c->taken = 0;
        }
    }
}

static void start_call(Peer *p, uint32_t id) {
    /* ":status: 200" is entry 8 of HPACK's table, "content-type" entry 31. */
    static const unsigned char head[] = "\x88\x0f\x10\x10" "application/grpc";
    memcpy(frame(p, HEADERS, 4, id, sizeof head - 1), head, sizeof head - 1);
    p->calls = realloc(p->calls, (p->count + 1) * sizeof *p->calls);
    Call *c = p->calls + p->count++;
    *c = (Call){.id = id, .window = p->first_window};
    for (size_t i = 0; i < hellos; i++) add_message(c, hello + i);
    feed(p, c);
}

static Call *call(Peer *p, uint32_t id) {
    for (size_t low = 0, high = p->count; low < high;) {
        size_t middle = (low + high) / 2;
        if (p->calls[middle].id == id) return p->calls + middle;
        if (p->calls[middle].id < id) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

static void end_call(Peer *p, uint32_t id) {
    Call *c = call(p, id);
    if (!c) return;
    free(c->rest.bytes);
    memmove(c, c + 1, (size_t)(p->calls + --p->count - c) * sizeof *c);
}

static void settings(Peer *p, const unsigned char *at, uint32_t size) {
    for (; size >= 6; at += 6, size -= 6) {
        uint32_t value = read_number(at + 2, 4);
        if (read_number(at, 2) == 4) {
            for (size_t i = 0; i < p->count; i++) p->calls[i].window += (int64_t)value - p->first_window;
            p->first_window = value;
        } else if (read_number(at, 2) == 5) {
            p->frame = value < LARGEST_FRAME ? value : LARGEST_FRAME;
        }
    }
    frame(p, SETTINGS, 1, 0, 0);
}

static void window(Peer *p, uint32_t id, uint32_t more) {
    Call *c = id ? call(p, id) : NULL;
    if (!id) p->window += more;
    else if (c) c->window += more;
}

static void give_back(Peer *p, uint32_t size) {
    if (size) number(frame(p, WINDOW_UPDATE, 0, 0, 4), 4, size);
}

static void take(Peer *p, int type, int flags, uint32_t id, const unsigned char *at, uint32_t size) {
    if (type == HEADERS && !call(p, id)) start_call(p, id);
    else if (type == DATA) give_back(p, size);
    else if (type == RST_STREAM) end_call(p, id);
    else if (type == SETTINGS && !(flags & 1)) settings(p, at, size);
    else if (type == PING && !(flags & 1)) memcpy(frame(p, PING, 1, 0, 8), at, 8);
    else if (type == WINDOW_UPDATE) window(p, id, read_number(at, 4) & 0x7fffffff);
}

static void take_all(Peer *p) {
    size_t at = 0;
    if (!p->greeted && p->in.size >= PREFACE) {
        /* As many calls as wanted (setting 3), and pings allowed. */
        memcpy(frame(p, SETTINGS, 0, 0, 6), "\0\3\0\17\102\100", 6);
        p->greeted = 1, at = PREFACE;
    }
    while (p->greeted && p->in.size - at >= 9) {
        const unsigned char *head = p->in.bytes + at;
        uint32_t size = read_number(head, 3);
        if (p->in.size - at < 9 + size) break;
        take(p, head[3], head[4], read_number(head + 5, 4) & 0x7fffffff, head + 9, size);
        at += 9 + size;
    }
    memmove(p->in.bytes, p->in.bytes + at, p->in.size -= at);
}

/* True while the connection lives. */
static int hear(Peer *p) {
    unsigned char *at = add(&p->in, 1 << 16);
    ssize_t got = read(p->fd, at, 1 << 16);
    p->in.size -= (size_t)((1 << 16) - (got > 0 ? got : 0));
    if (got == 0 || (got < 0 && errno != EAGAIN)) return 0;
    if (got > 0) take_all(p);
    return 1;
}

static void flush(Peer *p) {
    size_t done = 0;
    while (done < p->out.size) {
        ssize_t sent = send(p->fd, p->out.bytes + done, p->out.size - done, MSG_NOSIGNAL);
        if (sent <= 0) break;
        done += (size_t)sent;
    }
    memmove(p->out.bytes, p->out.bytes + done, p->out.size -= done);
    int blocked = p->out.size > 0;
    if (blocked == p->blocked) return;
    struct epoll_event event = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0), .data.ptr = p};
    epoll_ctl(epoll, EPOLL_CTL_MOD, p->fd, &event);
    p->blocked = blocked;
}

static void send_all(Peer *p) {
    for (size_t before = SIZE_MAX; before;) {
        for (size_t i = 0; i < p->count; i++) feed(p, p->calls + i);
        before = p->out.size;
        flush(p);
        if (p->blocked) return;
    }
}

static void welcome(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        Peer *p = calloc(1, sizeof *p);
        p->fd = fd, p->window = p->first_window = 65535, p->frame = LARGEST_FRAME;
        at_once(fd);
        watch(epoll, fd, EPOLLIN, p);
        peers = realloc(peers, (peer_count + 1) * sizeof *peers);
        peers[peer_count++] = p;
    }
}

static void forget(Peer *p) {
    for (size_t i = 0; i < p->count; i++) free(p->calls[i].rest.bytes);
    for (size_t i = 0; i < peer_count; i++)
        if (peers[i] == p) peers[i] = peers[--peer_count];
    close(p->fd), free(p->calls), free(p->in.bytes), free(p->out.bytes), free(p);
}

static void owe(uint64_t some) {
    size_t calls = 0, seen = 0;
    for (size_t i = 0; i < peer_count; i++) calls += peers[i]->count;
    for (; some && calls; some -= each ? some : 1, turn++, seen = 0)
        for (size_t i = 0; i < peer_count; i++)
            for (size_t k = 0; k < peers[i]->count; k++, seen++)
                if (each || seen == turn % calls) peers[i]->calls[k].owed += each ? some : 1;
}

static void stop(Schedule *s) {
    s->stopped = 0;
    for (size_t i = 0; i < peer_count; i++)
        for (size_t k = 0; k < peers[i]->count; k++) peers[i]->calls[k].owed = 0;
}

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    Schedule schedule = {0};
    all = templates(argv[1], &kinds);
    if (strcmp(argv[2], "-")) hello = templates(argv[2], &hellos);
    each = !strcmp(argv[3], "each");
    many_files();
    epoll = epoll_create1(0);
    int listener = listening(), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(epoll, listener, EPOLLIN, &listener);
    watch(epoll, timer, EPOLLIN, &timer);
    watch(epoll, 0, EPOLLIN, NULL);
    for (;;) {
        struct epoll_event some[16];
        int found = epoll_wait(epoll, some, 16, -1);
        for (int i = 0; i < found; i++) {
            void *what = some[i].data.ptr;
            if (!what) obey(&schedule);
            else if (what == &listener) welcome(listener);
            else if (what != &timer && (some[i].events & EPOLLIN) && !hear(what)) forget(what);
        }
        if (schedule.stopped) stop(&schedule);
        owe(due(&schedule));
        set_alarm(timer, &schedule);
        for (size_t i = 0; i < peer_count; i++) send_all(peers[i]);
    }
}
