package io.awa.reactive.quickstart;

/** Entry point. */
public final class Quickstart {

    private Quickstart() {}

    /**
     * Runs the program.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        System.out.println("awa quickstart");
    }
}
