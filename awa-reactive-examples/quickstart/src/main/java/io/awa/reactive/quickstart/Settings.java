package io.awa.reactive.quickstart;

import java.time.Duration;
import java.util.Properties;

/**
 * What the person in front of it may choose: as an argument {@code --seconds=30}, or as a system property
 * {@code -Dawa.demo.seconds=30}. An argument wins.
 *
 * @param seconds how long jobs are enqueued, 1 to 86,400; 20 by default
 * @param rate    jobs a second on average, 1 to 50,000; 1,000 by default
 * @param forever run until the process is asked to end; false by default
 * @param help    only tell the options
 */
record Settings(int seconds, int rate, boolean forever, boolean help) {

    static final int DEFAULT_SECONDS = 20;
    static final int DEFAULT_RATE = 1_000;
    static final String HELP = """
            options, as arguments or as system properties:
              --seconds=N   -Dawa.demo.seconds=N      how long to enqueue, 1 to 86400 (20)
              --rate=N      -Dawa.demo.rate=N         jobs a second on average, 1 to 50000 (1000)
              --forever     -Dawa.demo.forever=true   until Ctrl-C
            NO_COLOR in the environment switches colours off; without a terminal there are plain lines.""";

    private static final String PREFIX = "awa.demo.";
    private static final int MOST_SECONDS = 86_400;
    private static final int MOST_RATE = 50_000;

    static Settings of(String[] args, Properties properties) {
        Settings settings = new Settings(
                number("seconds", properties.getProperty(PREFIX + "seconds", "" + DEFAULT_SECONDS), MOST_SECONDS),
                number("rate", properties.getProperty(PREFIX + "rate", "" + DEFAULT_RATE), MOST_RATE),
                flag(properties.getProperty(PREFIX + "forever", "false")),
                false);
        for (String arg : args) {
            settings = settings.with(arg);
        }
        return settings;
    }

    Duration time() {
        return Duration.ofSeconds(seconds);
    }

    private Settings with(String arg) {
        int equals = arg.indexOf('=');
        String value = arg.substring(equals + 1);
        return switch (equals < 0 ? arg : arg.substring(0, equals)) {
            case "--seconds" -> new Settings(number("seconds", value, MOST_SECONDS), rate, forever, help);
            case "--rate" -> new Settings(seconds, number("rate", value, MOST_RATE), forever, help);
            case "--forever" -> new Settings(seconds, rate, equals < 0 || flag(value), help);
            case "--help" -> new Settings(seconds, rate, forever, true);
            default -> throw new IllegalArgumentException("unknown option: " + arg);
        };
    }

    private static boolean flag(String value) {
        return value.isBlank() || Boolean.parseBoolean(value.strip());
    }

    private static int number(String name, String value, int most) {
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Said below, like any other value that will not do.
        }
        throw new IllegalArgumentException(name + " is a number from 1 to " + most + ", not " + value);
    }
}
