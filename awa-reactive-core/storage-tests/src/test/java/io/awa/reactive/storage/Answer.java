package io.awa.reactive.storage;

/**
 * What a closer is told of one item.
 *
 * @param accepted members this closer has ended
 * @param fresh    those of them ended in this very call
 * @param again    a rival came between: send the rest again
 */
record Answer(String accepted, String fresh, boolean again) {

    static final Answer STALE = new Answer("stale", "stale", false);

    static Answer of(Row row) {
        return new Answer(row.text("accepted"), row.text("fresh"), row.flag("again"));
    }
}
