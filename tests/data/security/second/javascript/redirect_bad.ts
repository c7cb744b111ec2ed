import { Router } from "express";

const router = Router();

router.get("/out", (req, res) => {
  const next = req.query.next as string;
  res.redirect(next);
});

export default router;
