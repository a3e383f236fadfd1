package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.testkit.AwaPostgres;

/**
 * A queue at work in the terminal: starts a durable PostgreSQL of its own, enqueues and works jobs of three kinds, draws
 * what happens, and says at the end whether anything was lost. {@link Settings} has the options.
 */
public final class Quickstart {

    private Quickstart() {}

    /**
     * Runs until the time is over or the process is asked to end. Ends the JVM with 1 where a job was lost or ended
     * twice, with 2 where an option is wrong.
     *
     * @param args the options; {@code --help} lists them
     */
    public static void main(String[] args) {
        int status = run(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    private static int run(String[] args) {
        Settings settings;
        try {
            settings = Settings.of(args, System.getProperties());
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage() + System.lineSeparator() + Settings.HELP);
            return 2;
        }
        if (settings.help()) {
            System.out.println(Settings.HELP);
            return 0;
        }
        Stop stop = Stop.whenTheProcessEnds();
        View view = View.forThisTerminal();
        try {
            return work(settings, stop, view).sound() ? 0 : 1;
        } finally {
            view.close();
            stop.over();
        }
    }

    // The one place that blocks: this thread has nothing else to do, and the shutdown hook waits for it.
    private static Summary work(Settings settings, Stop stop, View view) {
        view.notice("Starting a PostgreSQL of its own ...");
        // The end of the process must not stop the server by itself: draining still needs it.
        try (AwaPostgres postgres =
                AwaPostgres.start(AwaPostgres.Options.defaults().stopAtExit(false))) {
            String address = postgres.url().replaceFirst("^r2dbc:", "");
            Awa awa = Awa.builder(postgres.connections()).name("quickstart").build();
            Summary summary = new Demo(awa, postgres.connections(), address, settings, view)
                    .run(stop.asked())
                    .blockOptional()
                    .orElseThrow();
            view.end(summary);
            return summary;
        }
    }
}
