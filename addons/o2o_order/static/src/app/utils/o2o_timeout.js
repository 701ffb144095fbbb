/** It waits for members' answers, too: see o2o_member. */
export { NoAnswerError, withTimeout } from "@o2o_member/app/utils/o2o_timeout";
