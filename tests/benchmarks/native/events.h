/* What every source of events shares: the templates it sends, the clock, and the commands it takes on stdin.

   A template file is a row of records: four bytes of length (big-endian) and as many bytes. In each, the 19 digits
   after "sent=" become the moment of sending (CLOCK_MONOTONIC, ns) and the 12 digits after "seq=" the event's number. */
#include "common.h"
#include <sys/timerfd.h>

#define SEQUENCE_DIGITS 12
#define MARKS 8

typedef struct {
    unsigned char *bytes;
    size_t size, sent[MARKS], sequence[MARKS];
    int sents, sequences;
} Template;

typedef struct {
    double rate;         /* events a second; 0: none */
    uint64_t next_ns;    /* when the next one is due */
    uint64_t burst;      /* events asked for at once */
    int stopped;         /* set by "rate 0": forget what is still owed */
    char line[256];
    size_t have;
} Schedule;

static void digits(unsigned char *at, int count, uint64_t value) {
    while (count--) at[count] = '0' + value % 10, value /= 10;
}

static int marks(const Template *t, const char *word, size_t *found) {
    int count = 0;
    size_t length = strlen(word);
    for (size_t at = 0; at + length <= t->size && count < MARKS; at++)
        if (!memcmp(t->bytes + at, word, length)) found[count++] = at + length;
    return count;
}

static Template *templates(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    Template *all = NULL;
    unsigned char head[4];
    if (!file) die(path);
    for (*count = 0; fread(head, 1, 4, file) == 4; ++*count) {
        all = realloc(all, (*count + 1) * sizeof *all);
        Template *t = all + *count;
        t->size = (size_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
        t->bytes = malloc(t->size + 1);
        if (fread(t->bytes, 1, t->size, file) != t->size) die("a template is cut off");
        t->sents = marks(t, "sent=", t->sent);
        t->sequences = marks(t, "seq=", t->sequence);
    }
    fclose(file);
    return all;
}

static void stamp(Template *t, uint64_t sent, uint64_t sequence) {
    for (int i = 0; i < t->sents; i++) digits(t->bytes + t->sent[i], SENT_DIGITS, sent);
    for (int i = 0; i < t->sequences; i++) digits(t->bytes + t->sequence[i], SEQUENCE_DIGITS, sequence);
}

/* Reads stdin; "rate R", "burst N". The end of stdin is the end of the program. */
static void obey(Schedule *s) {
    ssize_t got = read(0, s->line + s->have, sizeof s->line - 1 - s->have);
    if (got <= 0) exit(0);
    s->have += (size_t)got;
    s->line[s->have] = 0;
    char *end;
    while ((end = strchr(s->line, '\n'))) {
        *end = 0;
        double number;
        if (sscanf(s->line, "rate %lf", &number) == 1) {
            s->rate = number, s->next_ns = now_ns();
            if (number == 0) s->stopped = 1;
        } else if (sscanf(s->line, "burst %lf", &number) == 1) {
            s->burst += (uint64_t)number;
        }
        s->have -= (size_t)(end + 1 - s->line);
        memmove(s->line, end + 1, s->have + 1);
    }
}

/* How many events are due now. */
static uint64_t due(Schedule *s) {
    uint64_t count = s->burst, now = now_ns();
    s->burst = 0;
    if (s->rate > 0)
        while (s->next_ns <= now) count++, s->next_ns += (uint64_t)(1e9 / s->rate);
    return count;
}

/* Lets the timer ring when the next event is due. */
static void set_alarm(int timer, const Schedule *s) {
    struct itimerspec at = {0};
    if (s->rate > 0) at.it_value.tv_sec = (time_t)(s->next_ns / 1000000000u), at.it_value.tv_nsec = (long)(s->next_ns % 1000000000u);
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}
