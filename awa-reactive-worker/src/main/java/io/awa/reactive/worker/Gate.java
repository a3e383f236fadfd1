package io.awa.reactive.worker;

/**
 * How many jobs a claim may take: slots, tokens, or whatever else must be there before a job is claimed. What is reserved
 * bounds the claim, so nothing is claimed that may not start; what the claim did not take goes back. Calls come from any
 * thread and return at once.
 */
interface Gate {

    /** Lets everything through. */
    Gate OPEN = new Gate() {
        @Override
        public int reserve(int wanted) {
            return wanted;
        }

        @Override
        public void giveBack(int reserved) {
            // nothing was counted
        }
    };

    /** Reserves up to so many. Zero: none now, and whoever made the gate is told when to ask again. */
    int reserve(int wanted);

    /** So many of the reserved ones are not needed. */
    void giveBack(int reserved);

    /** The claim was answered; whether its queue has nothing more for now. */
    default void answered(boolean nothing) {}

    /** Both, this one first. */
    default Gate and(Gate second) {
        Gate first = this;
        return new Gate() {
            @Override
            public int reserve(int wanted) {
                int some = first.reserve(wanted);
                int fewer = some == 0 ? 0 : second.reserve(some);
                if (fewer < some) {
                    first.giveBack(some - fewer);
                }
                return fewer;
            }

            @Override
            public void giveBack(int reserved) {
                second.giveBack(reserved);
                first.giveBack(reserved);
            }

            @Override
            public void answered(boolean nothing) {
                first.answered(nothing);
                second.answered(nothing);
            }
        };
    }
}
