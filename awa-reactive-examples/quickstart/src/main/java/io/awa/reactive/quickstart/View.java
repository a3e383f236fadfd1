package io.awa.reactive.quickstart;

/** Where a person looks. One call after the other. */
interface View extends AutoCloseable {

    /** Says what is being waited for. */
    void notice(String text);

    /** A frame. */
    void show(Snapshot snapshot);

    /** The last word. */
    void end(Summary summary);

    /** Leaves the terminal as it was. */
    @Override
    void close();

    /** A picture where there is a terminal with room for it, else plain lines. */
    static View forThisTerminal() {
        Terminal terminal = Terminal.detect(System.getenv());
        return terminal.interactive() ? new LiveView(terminal) : new PlainView(System.out);
    }
}
